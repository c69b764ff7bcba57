using Lrp.Core.Functions;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>
/// a / c by a constant: a takes all relevance, as of any function of one input that works entry by entry.
/// </summary>
/// <remarks>AttnLRP, equation 9.</remarks>
internal sealed class Division : FunctionPropagation
{
    private long[] _shape = [];

    public override string Name => "div";

    /// <summary>The exception for a divisor that carries relevance and does not normalize the numerator.</summary>
    /// <param name="function">What divides.</param>
    /// <param name="module">The module in whose forward it is, empty for the model's own; null for none.</param>
    /// <param name="numerator">What is divided.</param>
    /// <param name="divisor">The divisor.</param>
    public static NotSupportedException Undefined(string function, string? module, Tensor numerator, Tensor divisor)
    {
        var place = module switch
        {
            null => "",
            "" => ", in the model's forward,",
            _ => $", in '{module}',",
        };
        return new(
            $"{function} of [{string.Join(", ", numerator.shape)}] by [{string.Join(", ", divisor.shape)}]{place} has "
                + "no rule: both carry relevance. Division has a rule for a constant divisor, and for one that "
                + "normalizes what it divides, such as its own norm or standard deviation; this divisor was computed "
                + "from something else, or in a way that hides it. If it only scales (a norm, a deviation, a "
                + "temperature), call detach() on it: the numerator then takes all relevance. If both count, give the "
                + "composite a rule of your own before its others, { Functions.Div, FunctionRule.From(...) }; to "
                + "explain a ratio, explain its numerator."
        );
    }

    public override Tensor Forward(IReadOnlyList<Tensor> operands)
    {
        _shape = operands[0].shape;
        return operands[0].div(operands[1]);
    }

    public override IReadOnlyList<Tensor?> Propagate(
        IReadOnlyList<Tensor> kept,
        Tensor relevance,
        IReadOnlyList<bool> wanted
    ) => [Broadcasting.SumTo(relevance.alias(), _shape), null];
}
