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
    public static NotSupportedException Undefined() =>
        new(
            "Division has a rule for a constant divisor, and for one that normalizes what it divides, such as its own "
                + "norm or standard deviation. This divisor requires a gradient and was computed from something else. "
                + "Where it only scales (a deviation of other values, a temperature), call detach() on it: the "
                + "numerator then takes all relevance. Where both carry relevance, give the composite a rule of your "
                + "own, { Functions.Div, FunctionRule.From(...) }."
        );

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
