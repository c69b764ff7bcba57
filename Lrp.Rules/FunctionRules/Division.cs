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

    public static NotSupportedException Undefined() =>
        new(
            "Division has a rule for a constant divisor only, and this one requires a "
                + "gradient. Where it normalizes (a norm, a standard deviation), detach() it: the numerator then "
                + "takes all relevance."
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
