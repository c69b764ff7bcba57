using static TorchSharp.torch;

namespace Lrp.Decomposition.Operators;

/// <content>Operators that concatenate, add and average.</content>
public static partial class OperatorRules
{
    private static void Joins(Dictionary<string, OperatorRule> rules)
    {
        rules.Add(
            OperatorRule.From(context => Join(context, (tensors, dim) => cat(tensors, dim), true)),
            "cat",
            "concat",
            "concatenate"
        );
        rules.Add(OperatorRule.From(context => Join(context, (tensors, dim) => stack(tensors, dim), false)), "stack");
    }

    private static CompositionChunk Join(OperatorContext context, Func<Tensor[], long, Tensor> join, bool skipEmpty)
    {
        var dim = context.Operation.GetInt64("dim");
        var inputs = context
            .List("tensors")
            .Where(input => !skipEmpty || input.Value.ndim != 1 || input.Value.numel() > 0);
        var parts = inputs.Select(input => input.Chunk ?? Nothing(context, input.Value)).ToArray();
        var components = join([.. parts.Select(part => part.Components)], ComponentAxis.Dim(dim));
        var implied = parts.Any(part => part.Residual is null);
        return new CompositionChunk(
            components,
            implied ? null : join([.. parts.Select(part => part.Residual!)], dim),
            context.IsContextual
        );
    }

    private static CompositionChunk Nothing(OperatorContext context, Tensor value)
    {
        if (value.is_floating_point())
        {
            return context.Opaque(value);
        }

        long[] shape = [context.Count, .. value.shape];
        return new CompositionChunk(zeros(shape, ScalarType.Bool, value.device), null, context.IsContextual);
    }

    private static void Reductions(Dictionary<string, OperatorRule> rules)
    {
        rules.Add(OperatorRule.From(context => Reduce(context, (t, dims, keep) => t.sum(dims, keep))), "sum", "nansum");
        rules.Add(
            OperatorRule.From(context => Reduce(context, (t, dims, keep) => t.mean(dims, keep))),
            "mean",
            "nanmean"
        );
        // The deviation of a norm that is written out is a constant.
        rules.Add(
            OperatorRule.FromMany(context => [null, Reduce(context, (t, dims, keep) => t.mean(dims, keep))]),
            "var_mean",
            "std_mean"
        );
    }

    private static CompositionChunk Reduce(OperatorContext context, Func<Tensor, long[], bool, Tensor> reduce)
    {
        var input = context.First;
        var rank = input.Value.ndim;
        if (rank == 0)
        {
            return input.Split;
        }

        var dims = context.Operation.GetInt64Array("dim") is { Length: > 0 } given
            ? given
            : [.. Enumerable.Range(0, (int)rank).Select(k => (long)k)];
        var keep = context.Operation.GetBool("keepdim");
        var leading = dims.Select(ComponentAxis.Dim).ToArray();
        return input.Split.Map(c => reduce(c, leading, keep), r => reduce(r, dims, keep));
    }

    private static void Sums(Dictionary<string, OperatorRule> rules)
    {
        rules.Add(OperatorRule.From(context => Sum(context, 1)), "add");
        rules.Add(OperatorRule.From(context => Sum(context, -1)), "sub", "subtract");
        rules.Add(
            OperatorRule.From(context =>
            {
                var alpha = context.Operation.GetDouble("alpha", 1);
                var other = context.Optional("other") ?? Scalar(context, "other");
                return Added(context, other, 1, context.Input("self"), -alpha);
            }),
            "rsub"
        );
        rules.Add(OperatorRule.From(context => context.First.Split.Map(t => -t)), "neg", "negative");
        rules.Add(
            OperatorRule.From(context =>
            {
                var weight = context.Optional("weight");
                if (weight is { IsConstant: false })
                {
                    throw new NotSupportedException("components reach the weight of an interpolation");
                }

                var factor =
                    weight?.Value
                    ?? tensor(context.Operation.GetDouble("weight"), context.Output.dtype, context.Output.device);
                var start = context.Map(Wide(context, context.Input("self")), t => t * (1 - factor));
                var end = context.Map(Wide(context, context.Input("end")), t => t * factor);
                return context.Add(start, end).Split;
            }),
            "lerp"
        );

        Decomposed Wide(OperatorContext context, Decomposed input) =>
            new(
                input.Value.expand(context.Output.shape),
                input.Chunk is null ? null : Widened(input.Chunk, context.Output.shape)
            );
    }

    private static CompositionChunk Sum(OperatorContext context, double sign)
    {
        var alpha = context.Operation.GetDouble("alpha", 1) * sign;
        var other = context.Optional("other") ?? Scalar(context, "other");
        return Added(context, context.Input("self"), 1, other, alpha);
    }

    private static Decomposed Scalar(OperatorContext context, string argument) =>
        new(tensor(context.Operation.GetDouble(argument), context.Output.dtype, context.Output.device), null);

    private static CompositionChunk Added(
        OperatorContext context,
        Decomposed left,
        double leftScale,
        Decomposed right,
        double rightScale
    )
    {
        var output = context.Output;
        if (left.Chunk is null || right.Chunk is null)
        {
            var (split, scale) = left.Chunk is null ? (right.Chunk!, rightScale) : (left.Chunk, leftScale);
            var (constant, times) = left.Chunk is null ? (left.Value, leftScale) : (right.Value, rightScale);
            var scaled = Scaled(Widened(split, output.shape), scale);
            return AddConstant(context, scaled, output, times == 1 ? constant : constant * times);
        }

        var rank = output.ndim;
        var components =
            ComponentAxis.Align(Times(left.Chunk.Components, leftScale), rank)
            + ComponentAxis.Align(Times(right.Chunk.Components, rightScale), rank);
        var implied = left.Chunk.Residual is null || right.Chunk.Residual is null;
        var residual = implied
            ? null
            : Times(left.Chunk.Residual!, leftScale) + Times(right.Chunk.Residual!, rightScale);
        return new CompositionChunk(components, residual, context.IsContextual);
    }

    /// <summary>
    /// Distributes a constant summand like a bias. Where it is infinite, as in an attention mask, the components become
    /// 0.
    /// </summary>
    private static CompositionChunk AddConstant(
        OperatorContext context,
        CompositionChunk parts,
        Tensor output,
        Tensor constant
    )
    {
        if (constant.ndim < 2 || !MayBeInfinite(context, constant))
        {
            return context.Algorithm.Bias.Distribute(context, parts, output, constant);
        }

        var infinite = constant.isinf();
        var finite = context.Algorithm.Bias.Distribute(
            context,
            parts,
            output.masked_fill(infinite, 0.0),
            constant.masked_fill(infinite, 0.0)
        );
        return finite.Map(c => c.masked_fill(infinite, 0.0), r => where(infinite, constant, r));
    }

    private static bool MayBeInfinite(OperatorContext context, Tensor constant) =>
        context.Once("infinite", () => constant.isinf().any()).item<bool>();

    private static CompositionChunk Scaled(CompositionChunk parts, double scale) =>
        scale == 1 ? parts : parts.Map(t => t * scale);

    private static Tensor Times(Tensor t, double scale) => scale == 1 ? t : t * scale;
}
