using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Forward;

/// <content>Operators that join, add and average.</content>
public static partial class OperatorRules
{
    private static void Joins(Dictionary<string, OperatorRule> rules)
    {
        rules.Add(OperatorRule.From(context => Join(context, (tensors, dim) => cat(tensors, dim), true)), "cat", "concat", "concatenate");
        rules.Add(OperatorRule.From(context => Join(context, (tensors, dim) => stack(tensors, dim), false)), "stack");
    }

    private static Parts Join(OperatorContext context, Func<Tensor[], long, Tensor> join, bool skipEmpty)
    {
        var dim = context.Operation.Integer("dim");
        var inputs = context.List("tensors").Where(input => !skipEmpty || input.Value.ndim != 1 || input.Value.numel() > 0);
        var parts = inputs.Select(input => input.Parts ?? Nothing(context, input.Value)).ToArray();
        var components = join([.. parts.Select(part => part.Components)], Lead.Dim(dim));
        var implied = parts.Any(part => part.Residual is null);
        return new Parts(components, implied ? null : join([.. parts.Select(part => part.Residual!)], dim), context.IsContextual);
    }

    private static Parts Nothing(OperatorContext context, Tensor value)
    {
        if (value.is_floating_point())
        {
            return context.Opaque(value);
        }

        long[] shape = [context.Count, .. value.shape];
        return new Parts(zeros(shape, ScalarType.Bool, value.device), null, context.IsContextual);
    }

    private static void Reductions(Dictionary<string, OperatorRule> rules)
    {
        rules.Add(OperatorRule.From(context => Reduce(context, (t, dims, keep) => t.sum(dims, keep))), "sum", "nansum");
        rules.Add(OperatorRule.From(context => Reduce(context, (t, dims, keep) => t.mean(dims, keep))), "mean", "nanmean");
    }

    private static Parts Reduce(OperatorContext context, Func<Tensor, long[], bool, Tensor> reduce)
    {
        var input = context.First;
        var rank = input.Value.ndim;
        if (rank == 0)
        {
            return input.Split;
        }

        var dims = context.Operation.Integers("dim") is { Length: > 0 } given ? given : [.. Enumerable.Range(0, (int)rank).Select(k => (long)k)];
        var keep = context.Operation.Truth("keepdim");
        var leading = dims.Select(Lead.Dim).ToArray();
        return input.Split.Map(c => reduce(c, leading, keep), r => reduce(r, dims, keep));
    }

    private static void Sums(Dictionary<string, OperatorRule> rules)
    {
        rules.Add(OperatorRule.From(context => Sum(context, 1)), "add");
        rules.Add(OperatorRule.From(context => Sum(context, -1)), "sub", "subtract");
        rules.Add(OperatorRule.From(context =>
        {
            var alpha = context.Operation.Number("alpha", 1);
            var other = context.Optional("other") ?? Scalar(context, "other");
            return Added(context, other, 1, context.Input("self"), -alpha);
        }), "rsub");
        rules.Add(OperatorRule.From(context => context.First.Split.Map(t => -t)), "neg", "negative");
        rules.Add(OperatorRule.From(context =>
        {
            var weight = context.Optional("weight");
            if (weight is { IsConstant: false })
            {
                throw new NotSupportedException("components reach the weight of an interpolation");
            }

            var factor = weight?.Value ?? tensor(context.Operation.Number("weight"), context.Output.dtype, context.Output.device);
            var start = context.Map(Wide(context, context.Input("self")), t => t * (1 - factor));
            var end = context.Map(Wide(context, context.Input("end")), t => t * factor);
            return context.Add(start, end).Split;
        }), "lerp");

        Decomposed Wide(OperatorContext context, Decomposed input) =>
            new(input.Value.expand(context.Output.shape), input.Parts is null ? null : Widened(input.Parts, context.Output.shape));
    }

    private static Parts Sum(OperatorContext context, double sign)
    {
        var alpha = context.Operation.Number("alpha", 1) * sign;
        var other = context.Optional("other") ?? Scalar(context, "other");
        return Added(context, context.Input("self"), 1, other, alpha);
    }

    private static Decomposed Scalar(OperatorContext context, string argument) =>
        new(tensor(context.Operation.Number(argument), context.Output.dtype, context.Output.device), null);

    private static Parts Added(OperatorContext context, Decomposed left, double leftScale, Decomposed right, double rightScale)
    {
        var output = context.Output;
        if (left.Parts is null || right.Parts is null)
        {
            var (split, scale) = left.Parts is null ? (right.Parts!, rightScale) : (left.Parts, leftScale);
            var (constant, times) = left.Parts is null ? (left.Value, leftScale) : (right.Value, rightScale);
            var scaled = Scaled(Widened(split, output.shape), scale);
            return AddConstant(context, scaled, output, times == 1 ? constant : constant * times);
        }

        var rank = output.ndim;
        var components = Lead.Align(Times(left.Parts.Components, leftScale), rank) + Lead.Align(Times(right.Parts.Components, rightScale), rank);
        var implied = left.Parts.Residual is null || right.Parts.Residual is null;
        var residual = implied ? null : Times(left.Parts.Residual!, leftScale) + Times(right.Parts.Residual!, rightScale);
        return new Parts(components, residual, context.IsContextual);
    }

    /// <summary>A constant summand is shared like a bias; where it is infinite, as in an attention mask, it swallows the parts.</summary>
    private static Parts AddConstant(OperatorContext context, Parts parts, Tensor output, Tensor constant)
    {
        if (constant.ndim < 2 || !MayBeInfinite(context, constant))
        {
            return context.Algorithm.Bias.Share(context, parts, output, constant);
        }

        var infinite = constant.isinf();
        var finite = context.Algorithm.Bias.Share(
            context, parts, output.masked_fill(infinite, 0.0), constant.masked_fill(infinite, 0.0));
        return finite.Map(c => c.masked_fill(infinite, 0.0), r => where(infinite, constant, r));
    }

    private static bool MayBeInfinite(OperatorContext context, Tensor constant) =>
        context.Once("infinite", () => constant.isinf().any()).item<bool>();

    private static Parts Scaled(Parts parts, double scale) => scale == 1 ? parts : parts.Map(t => t * scale);

    private static Tensor Times(Tensor t, double scale) => scale == 1 ? t : t * scale;
}
