using static TorchSharp.torch;

namespace Lrp.Decomposition.Operators;

/// <content>Operators that move entries or leave them in place.</content>
public static partial class OperatorRules
{
    private static void Constants(Dictionary<string, OperatorRule> rules)
    {
        rules.Add(
            new ConstantOperator(),
            "zeros_like",
            "ones_like",
            "full_like",
            "empty_like",
            "rand_like",
            "randn_like",
            "new_zeros",
            "new_ones",
            "new_full",
            "new_empty",
            "zero",
            "size",
            "stride",
            "dim",
            "numel",
            "is_floating_point",
            "isnan",
            "isinf",
            "isfinite",
            "sign",
            "floor",
            "ceil",
            "round",
            "trunc",
            "heaviside",
            "_local_scalar_dense",
            "item",
            "equal",
            "allclose",
            "is_nonzero"
        );

        // Scales that linearisation treats as constants: the norm in a normalization, the deviation in a hand-written
        // layer norm.
        rules.Add(new ConstantOperator(), "norm", "linalg_vector_norm", "linalg_norm", "frobenius_norm", "var", "std");
    }

    private static void Shapes(Dictionary<string, OperatorRule> rules)
    {
        // The effect of every kind of reshape follows from the shape of its output.
        rules.Add(
            OperatorRule.View(context =>
            {
                var shape = context.Output.shape;
                return [context.First.Split.Map(c => c.reshape([c.shape[0], .. shape]), r => r.reshape(shape))];
            }),
            "view",
            "_unsafe_view",
            "reshape",
            "_reshape_alias",
            "flatten",
            "unflatten",
            "squeeze",
            "unsqueeze",
            "view_as",
            "reshape_as",
            "ravel"
        );

        rules.Add(
            OperatorRule.View(context => [context.First.Split]),
            "contiguous",
            "clone",
            "alias",
            "lift_fresh",
            "identity",
            "resolve_conj",
            "resolve_neg",
            "requires_grad",
            "pin_memory",
            "is_pinned",
            "positive",
            "expand_copy",
            "copy_identity"
        );

        rules.Add(
            OperatorRule.View(context =>
            {
                var (dtype, device) = (context.Output.dtype, context.Output.device);
                return
                    context.Output.is_floating_point()
                    || context.First.Value.dtype == dtype
                    || !context.First.Value.is_floating_point()
                    ?
                    [
                        context.First.Value.is_floating_point()
                            ? context.First.Split.Map(t => t.to(dtype, device))
                            : context.First.Split.Map(t => t.to(device)),
                    ]
                    : [null];
            }),
            "to",
            "_to_copy",
            "type_as",
            "float",
            "double",
            "cuda",
            "cpu"
        );

        rules.Add(OperatorRule.View(context => [context.First.Split.Map(t => t.detach())]), "detach");

        rules.Add(
            OperatorRule.View(context =>
            {
                var shape = context.Output.shape;
                return
                [
                    context.First.Split.Map(
                        c => ComponentAxis.Align(c, shape.Length).expand([c.shape[0], .. shape]),
                        r => r.expand(shape)
                    ),
                ];
            }),
            "expand",
            "expand_as",
            "broadcast_to"
        );

        rules.Add(ViewOfDims("dim0", "dim1"), "transpose");
        rules.Add(ViewOfDims("axis0", "axis1"), "swapaxes");
        rules.Add(
            OperatorRule.View(context =>
            {
                var dims = context.Operation.GetInt64Array("dims")!;
                var rank = dims.Length;
                long[] leading = [0, .. dims.Select(dim => (dim < 0 ? dim + rank : dim) + 1)];
                return [context.First.Split.Map(c => c.permute(leading), r => r.permute(dims))];
            }),
            "permute"
        );
        rules.Add(
            OperatorRule.View(context =>
                context.First.Value.ndim < 2
                    ? [context.First.Split]
                    : [context.First.Split.Map(t => t.transpose(-2, -1))]
            ),
            "t",
            "mT",
            "mH",
            "adjoint"
        );

        rules.Add(
            ViewOfDims("dim"),
            "select",
            "slice",
            "narrow",
            "split",
            "split_with_sizes",
            "chunk",
            "unbind",
            "unsafe_split",
            "unsafe_split_with_sizes",
            "unsafe_chunk"
        );
        rules.Add(ViewOfDims("dim1", "dim2"), "diagonal");
        rules.Add(ViewOfDims("dimension"), "unfold");
        rules.Add(OfDims("dims"), "flip");
        rules.Add(OfDims("dim"), "index_select", "cumsum", "logcumsum", "repeat_interleave");
        rules.Add(
            LinearMap(
                (operation, t, leads) =>
                {
                    var repeats = operation.GetInt64Array("repeats")!;
                    return leads ? ComponentAxis.Align(t, repeats.Length).repeat([1, .. repeats]) : t.repeat(repeats);
                }
            ),
            "repeat"
        );
        rules.Add(
            LinearMap(
                (operation, t, leads) =>
                {
                    var dims = operation.GetInt64Array("dims") is { Length: > 0 } given ? given : null;
                    if (dims is not null)
                    {
                        return Operation.Single(
                            operation.Invoke(
                                ("self", t),
                                ("dims", leads ? dims.Select(ComponentAxis.Dim).ToArray() : dims)
                            )
                        );
                    }

                    var flat = leads ? t.flatten(1) : t.flatten();
                    return Operation
                        .Single(operation.Invoke(("self", flat), ("dims", new[] { leads ? 1L : 0L })))
                        .reshape(t.shape);
                }
            ),
            "roll"
        );
        rules.Add(LinearMap((operation, t, _) => operation.On(t)), "tril", "triu", "pixel_shuffle", "pixel_unshuffle");
        rules.Add(
            OperatorRule.From(context =>
            {
                var operation = context.Operation;
                return context.First.Split.Map(
                    c => Operation.Single(operation.Invoke(("self", c), ("value", 0.0))),
                    r => operation.On(r)
                );
            }),
            "constant_pad_nd"
        );

        rules.Add(
            OperatorRule.From(context =>
            {
                var operation = context.Operation;
                var constant = operation["mode"] as string is "constant";
                var spatial = operation.GetInt64Array("pad")!.Length / 2;
                return context.First.Split.Map(
                    c =>
                        constant
                            ? Operation.Single(operation.Invoke(("self", c), ("value", 0.0)))
                            : ComponentAxis.Folded(c, spatial, operation.On),
                    operation.On
                );
            }),
            "pad",
            "_pad_circular"
        );

        // In evaluation mode, dropout is the identity.
        rules.Add(
            OperatorRule.View(context =>
                context.Operation.GetBool("train")
                    ? throw new NotSupportedException("dropout is random in training mode; call model.eval() first")
                    : [context.First.Split, .. context.Outputs.Skip(1).Select(_ => (CompositionChunk?)null)]
            ),
            "dropout",
            "feature_dropout",
            "alpha_dropout",
            "feature_alpha_dropout",
            "native_dropout"
        );
    }

    /// <summary>A linear operator whose named arguments are dimensions.</summary>
    private static OperatorRule OfDims(params string[] dims) =>
        OperatorRule.FromMany(context =>
            MapMany(context.First.Split, (t, leads) => WithDims(context.Operation, t, leads, dims))
        );

    private static OperatorRule ViewOfDims(params string[] dims) =>
        OperatorRule.View(context =>
            MapMany(context.First.Split, (t, leads) => WithDims(context.Operation, t, leads, dims))
        );

    private static Tensor?[] WithDims(Operation operation, Tensor t, bool leads, string[] dims)
    {
        if (!leads)
        {
            return Operation.Tensors(operation.Invoke(("self", t)));
        }

        var replaced = new (string, object?)[dims.Length + 1];
        replaced[0] = ("self", t);
        for (var k = 0; k < dims.Length; k++)
        {
            replaced[k + 1] = (
                dims[k],
                operation[dims[k]] switch
                {
                    long dim => ComponentAxis.Dim(dim),
                    long[] several => several.Select(ComponentAxis.Dim).ToArray(),
                    null => throw new NotSupportedException($"argument '{dims[k]}' is empty; give the dimension"),
                    var other => other,
                }
            );
        }

        return Operation.Tensors(operation.Invoke(replaced));
    }
}
