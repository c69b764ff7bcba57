using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Decomposition.Operators;

/// <content>Operators that select entries.</content>
public static partial class OperatorRules
{
    private static void Selections(Dictionary<string, OperatorRule> rules)
    {
        rules.Add(
            OperatorRule.From(context =>
            {
                var index = context.Constant("index")!;
                var dim = context.Operation.GetInt64("dim");
                return context.Input("self").Split.Map(c => Gather(c, dim, index, true), r => r.gather(dim, index));
            }),
            "gather"
        );

        rules.Add(
            OperatorRule.From(context =>
            {
                var mask = context.Constant("mask")!;
                var input = context.Input("self");
                var rank = Math.Max(mask.ndim, input.Value.ndim);
                long[] shape = [.. Broadcast(mask.shape, input.Value.shape)];
                var picked = mask.expand(shape).nonzero().unbind(1);
                return input.Split.Map(
                    c =>
                        c.shape[1..].SequenceEqual(shape)
                            ? Pick(c, picked, true)
                            : Pick(ComponentAxis.Align(c, rank).expand([c.shape[0], .. shape]), picked, true),
                    r => Pick(r.expand(shape), picked, false)
                );
            }),
            "masked_select"
        );

        rules.Add(
            OperatorRule.From(context =>
            {
                var indices = (Tensor?[])context.Operation["indices"]!;
                return context
                    .Input("self")
                    .Split.Map(
                        c => Restored(Indexed(c, [null, .. indices]), indices, context.Output.shape, c.shape[0]),
                        r => Indexed(r, indices)
                    );
            }),
            "index"
        );

        rules.Add(
            OperatorRule.From(context =>
            {
                var mask = context.Constant("mask")!;
                if (context.Optional("value") is { } value)
                {
                    return Choose(context, mask, value, context.Input("self"));
                }

                var number = context.Operation.GetDouble("value");
                return Widened(context, context.Input("self"))
                    .Map(c => c.masked_fill(mask, 0.0), r => r.masked_fill(mask, number));
            }),
            "masked_fill"
        );

        rules.Add(
            OperatorRule.From(context =>
            {
                var condition = context.Constant("condition")!;
                return Choose(context, condition, context.Input("self"), context.Input("other"));
            }),
            "where"
        );

        rules.Add(
            OperatorRule.From(context =>
            {
                var (left, right) = (context.Input("self"), context.Input("other"));
                return Choose(context, left.Value.ge(right.Value), left, right);
            }),
            "maximum",
            "fmax"
        );
        rules.Add(
            OperatorRule.From(context =>
            {
                var (left, right) = (context.Input("self"), context.Input("other"));
                return Choose(context, left.Value.le(right.Value), left, right);
            }),
            "minimum",
            "fmin"
        );

        // Operators that return values together with their indices.
        rules.Add(
            OperatorRule.FromMany(context =>
            {
                var operation = context.Operation;
                if (context.Outputs.Count == 1)
                {
                    return operation.Has("other")
                        ?
                        [
                            Choose(
                                context,
                                Extreme(operation.Name, context.Input("self").Value, context.Input("other").Value),
                                context.Input("self"),
                                context.Input("other")
                            ),
                        ]
                        : [Flat(context)];
                }

                return Along(context);
            }),
            "max",
            "min"
        );
        rules.Add(OperatorRule.FromMany(Along), "topk", "sort", "msort", "kthvalue", "mode", "cummax", "cummin");
        rules.Add(
            OperatorRule.From(context =>
            {
                var dims = context.Operation.GetInt64Array("dim");
                if (dims is null or { Length: 0 })
                {
                    return Flat(context);
                }

                if (dims.Length > 1)
                {
                    throw new NotSupportedException(
                        "amax and amin over several dimensions at once are not split; flatten them first"
                    );
                }

                var input = context.Input("self");
                var keep = context.Operation.GetBool("keepdim");
                var index =
                    context.Operation.Name == "amax"
                        ? input.Value.argmax(dims[0], true)
                        : input.Value.argmin(dims[0], true);
                return input.Split.Map(
                    c => Squeezed(Gather(c, dims[0], index, true), ComponentAxis.Dim(dims[0]), keep),
                    r => Squeezed(r.gather(dims[0], index), dims[0], keep)
                );
            }),
            "amax",
            "amin"
        );
    }

    private static Tensor Squeezed(Tensor t, long dim, bool keep) => keep ? t : t.squeeze(dim);

    private static Tensor Extreme(string name, Tensor left, Tensor right) =>
        name == "max" ? left.ge(right) : left.le(right);

    private static CompositionChunk Flat(OperatorContext context)
    {
        var input = context.First;
        var flat = input.Value.flatten();
        var position = (context.Operation.Name is "max" or "amax" ? flat.argmax() : flat.argmin()).reshape(1);
        var shape = context.Output.shape;
        return input.Split.Map(
            c => c.flatten(1).index_select(1, position).reshape([c.shape[0], .. shape]),
            r => r.flatten().index_select(0, position).reshape(shape)
        );
    }

    private static IReadOnlyList<CompositionChunk?> Along(OperatorContext context)
    {
        var operation = context.Operation;
        var dim = operation.Has("dim") ? operation.GetInt64("dim", -1) : 0;
        var index = context.Outputs[1]!;
        var input = context.Input("self");
        if (operation.Has("keepdim") && !operation.GetBool("keepdim") && input.Value.ndim > 0)
        {
            var kept = index.unsqueeze(dim);
            return
            [
                input.Split.Map(
                    c => Gather(c, dim, kept, true).squeeze(ComponentAxis.Dim(dim)),
                    r => r.gather(dim, kept).squeeze(dim)
                ),
                null,
            ];
        }

        return [input.Split.Map(c => Gather(c, dim, index, true), r => r.gather(dim, index)), null];
    }

    private static Tensor Gather(Tensor t, long dim, Tensor index, bool leads)
    {
        if (!leads)
        {
            return t.gather(dim, index);
        }

        long[] shape = [t.shape[0], .. index.shape];
        return t.gather(ComponentAxis.Dim(dim), index.unsqueeze(0).expand(shape));
    }

    private static Tensor Pick(Tensor t, Tensor[] picked, bool leads) =>
        leads ? Indexed(t, [null, .. picked]) : Indexed(t, picked);

    private static Tensor Indexed(Tensor t, Tensor?[] indices) =>
        Operation.Single(OperatorCall.InvokeByName("aten::index", "Tensor", t, indices));

    /// <summary>
    /// Indexing puts the selected dimension first if the indices are not adjacent, before the components too; this
    /// moves the components back to the front.
    /// </summary>
    private static Tensor Restored(Tensor t, Tensor?[] indices, long[] shape, long count)
    {
        var given = Enumerable.Range(0, indices.Length).Where(k => indices[k] is not null).ToList();
        var together = given.Count == 0 || given[^1] - given[0] + 1 == given.Count;
        if (together)
        {
            return t;
        }

        var rank = given.Select(k => indices[k]!.dtype == ScalarType.Bool ? 1 : indices[k]!.ndim).Max();
        return t.movedim([rank], [0L]).reshape([count, .. shape]);
    }

    /// <summary>The left tensor where the condition holds, the right one elsewhere.</summary>
    private static CompositionChunk Choose(OperatorContext context, Tensor condition, Decomposed left, Decomposed right)
    {
        var (first, second) = (Widened(context, left), Widened(context, right));
        var residual =
            first.Residual is null || second.Residual is null
                ? null
                : where(condition, first.Residual, second.Residual);
        return new CompositionChunk(
            where(condition, first.Components, second.Components),
            residual,
            context.IsContextual
        );
    }

    /// <summary>The parts, expanded to the output's shape.</summary>
    private static CompositionChunk Widened(OperatorContext context, Decomposed input) =>
        Widened(context.SplitOrOpaque(input), context.Output.shape);

    private static CompositionChunk Widened(CompositionChunk parts, long[] shape) =>
        parts.Components.shape[1..].SequenceEqual(shape)
            ? parts
            : parts.Map(c => ComponentAxis.Align(c, shape.Length).expand([c.shape[0], .. shape]), r => r.expand(shape));

    private static IEnumerable<long> Broadcast(long[] left, long[] right)
    {
        var rank = Math.Max(left.Length, right.Length);
        for (var k = 0; k < rank; k++)
        {
            var (a, b) = (Size(left, k), Size(right, k));
            yield return a == 1 ? b : a;
        }

        long Size(long[] shape, int k) => k - (rank - shape.Length) is var own && own < 0 ? 1 : shape[own];
    }
}
