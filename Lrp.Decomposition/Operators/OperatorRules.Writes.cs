using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Decomposition.Operators;

/// <content>Operators that put values into a tensor: the parts of what is written replace the parts that were there, or
/// are added to them.</content>
public static partial class OperatorRules
{
    private static void Writes(Dictionary<string, OperatorRule> rules)
    {
        rules.Add(OperatorRule.From(context => Filled(context, "src")), "copy");
        rules.Add(
            OperatorRule.From(context => context.Operation.Has("value") ? Filled(context, "value") : null),
            "fill"
        );

        rules.Add(OperatorRule.From(context => Placed(context, "source")), "masked_scatter", "index_copy");
        rules.Add(
            OperatorRule.From(context => Placed(context, "src")),
            "slice_scatter",
            "select_scatter",
            "diagonal_scatter",
            "as_strided_scatter"
        );
        rules.Add(OperatorRule.From(context => Placed(context, "value")), "index_fill");
        rules.Add(OperatorRule.From(context => Placed(context, "fill_value")), "fill_diagonal");
        rules.Add(
            OperatorRule.From(context =>
                context.Operation["reduce"] switch
                {
                    "add" when context.Operation.Has("src") => ScatterAdded(context),
                    null => Placed(context, context.Operation.Has("src") ? "src" : "value"),
                    var other => throw Unsupported(context, $"reduce: '{other}'"),
                }
            ),
            "scatter"
        );
        rules.Add(OperatorRule.From(ScatterAdded), "scatter_add");
        rules.Add(
            OperatorRule.From(context =>
                context.Operation["reduce"] is "sum" && context.Operation.GetBool("include_self")
                    ? ScatterAdded(context)
                    : throw Unsupported(
                        context,
                        $"reduce: '{context.Operation["reduce"]}', include_self: {context.Operation["include_self"]}"
                    )
            ),
            "scatter_reduce"
        );
        rules.Add(OperatorRule.From(IndexAdded), "index_add");
        rules.Add(
            OperatorRule.From(context =>
                context.Operation.GetBool("accumulate")
                    ? AddedAt(context, At((Tensor?[])context.Operation["indices"]!, context.Output), "values")
                    : Placed(context, "values")
            ),
            "index_put",
            "_index_put_impl"
        );
        rules.Add(
            OperatorRule.From(context =>
                context.Operation.GetBool("accumulate")
                    ? AddedAt(context, context.Constant("index")!, "source")
                    : Placed(context, "source")
            ),
            "put"
        );
    }

    private static NotSupportedException Unsupported(OperatorContext context, string what) =>
        new($"{context.Operation} with {what} has no parts");

    /// <summary>Everything is replaced by one argument, which may be broadcast and of another type.</summary>
    private static CompositionChunk? Filled(OperatorContext context, string argument)
    {
        if (context.Optional(argument) is not { IsConstant: false } written)
        {
            return null;
        }

        var type = context.Output.dtype;
        return written.Value.is_floating_point() == context.Output.is_floating_point()
            ? Widened(
                written.Value.is_floating_point()
                    ? written.Split.Map(t => t.to(type, context.Output.device))
                    : written.Split.Map(t => t.to(context.Output.device)),
                context.Output.shape
            )
            : throw new NotSupportedException("token ids have no parts as numbers; use an embedding");
    }

    /// <summary>
    /// Some entries are replaced by entries of an argument. Which ones is found by letting the operator place the
    /// numbers of the argument's entries.
    /// </summary>
    private static CompositionChunk Placed(OperatorContext context, string argument)
    {
        var operation = context.Operation;
        var written = context.Optional(argument);
        var origin = context.Once("origin", () => Origin(context, operation[argument] as Tensor, argument));
        var replaced = origin.ge(0);
        var (self, output) = (context.SplitOrOpaque(context.Input("self")), context.Output);
        if (written is null)
        {
            return self.Map(c => c.masked_fill(replaced, 0), r => where(replaced, output, r));
        }

        var parts = context.SplitOrOpaque(written.Value);
        var numbers = origin.clamp_min(0).flatten();
        var residual =
            self.Residual is null || parts.Residual is null
                ? null
                : where(
                    replaced,
                    parts.Residual.flatten().index_select(0, numbers).reshape(output.shape),
                    self.Residual
                );
        long[] shape = [parts.Count, .. output.shape];
        var components = where(
            replaced,
            parts.Components.reshape(parts.Count, -1).index_select(1, numbers).reshape(shape),
            self.Components
        );
        return new CompositionChunk(components, residual, context.IsContextual);
    }

    /// <summary>The number of the entry that was written to each place; -1 where nothing was written.</summary>
    private static Tensor Origin(OperatorContext context, Tensor? written, string argument)
    {
        var operation = context.Operation;
        var output = context.Output;
        var before = full(output.shape, -1L, ScalarType.Int64, output.device);
        var numbers = written is null
            ? (object)0L
            : arange(written.numel(), ScalarType.Int64, output.device).reshape(written.shape);
        var origin = Operation.Single(operation.Invoke(("self", before), (argument, numbers)));
        if (written is null)
        {
            return origin;
        }

        var placed = written.to(output.dtype).flatten().index_select(0, origin.clamp_min(0).flatten());
        var same = placed.reshape(output.shape).nan_to_num(0).eq(output.nan_to_num(0)).logical_or(origin.lt(0));
        return same.all().item<bool>()
            ? origin
            : throw new NotSupportedException(
                "several values are written to one place, and which of them stays is not determined; write each place "
                    + "once, or add them up"
            );
    }

    private static CompositionChunk ScatterAdded(OperatorContext context)
    {
        var dim = context.Operation.GetInt64("dim");
        var index = context.Constant("index")!;
        return BothAdded(
            context,
            "src",
            (into, added, leads) =>
                leads
                    ? into.scatter_add(
                        ComponentAxis.Dim(dim),
                        index.unsqueeze(0).expand([into.shape[0], .. index.shape]),
                        added
                    )
                    : into.scatter_add(dim, index, added)
        );
    }

    private static CompositionChunk IndexAdded(OperatorContext context)
    {
        var dim = context.Operation.GetInt64("dim");
        var index = context.Constant("index")!;
        var alpha = context.Operation.GetDouble("alpha", 1);
        return BothAdded(
            context,
            "source",
            (into, added, leads) =>
                Operation.Single(
                    OperatorCall.InvokeByName(
                        "aten::index_add",
                        "",
                        into,
                        leads ? ComponentAxis.Dim(dim) : dim,
                        index,
                        added,
                        alpha
                    )
                )
        );
    }

    /// <summary>The places that indices select, as numbers of the entries of a tensor.</summary>
    private static Tensor At(Tensor?[] indices, Tensor output) =>
        Indexed(arange(output.numel(), ScalarType.Int64, output.device).reshape(output.shape), indices);

    /// <summary>Values are added at places, given as numbers of entries.</summary>
    private static CompositionChunk AddedAt(OperatorContext context, Tensor places, string argument)
    {
        var flat = places.flatten();
        return BothAdded(
            context,
            argument,
            (into, added, leads) =>
                leads
                    ? into.flatten(1)
                        .index_add(
                            1,
                            flat,
                            ComponentAxis
                                .Align(added, places.ndim)
                                .expand([added.shape[0], .. places.shape])
                                .flatten(1),
                            1
                        )
                        .reshape(into.shape)
                    : into.flatten().index_add(0, flat, added.expand(places.shape).flatten(), 1).reshape(into.shape)
        );
    }

    /// <summary>A map that is linear in what there was and what is added to it, together.</summary>
    private static CompositionChunk BothAdded(
        OperatorContext context,
        string argument,
        Func<Tensor, Tensor, bool, Tensor> map
    )
    {
        var (self, added) = (
            context.SplitOrOpaque(context.Input("self")),
            context.SplitOrOpaque(context.Input(argument))
        );
        var residual =
            self.Residual is null || added.Residual is null ? null : map(self.Residual, added.Residual, false);
        return new CompositionChunk(map(self.Components, added.Components, true), residual, context.IsContextual);
    }
}
