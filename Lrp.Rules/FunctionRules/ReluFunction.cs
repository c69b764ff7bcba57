using Lrp.Core.Functions;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>max(x, 0), with a rule that changes its gradient.</summary>
internal sealed class ReluFunction(RectifierRule rule) : FunctionPropagation
{
    public override string Name => "relu";

    public override Tensor Forward(IReadOnlyList<Tensor> operands) => operands[0].relu();

    public override IReadOnlyList<Tensor> Keep(IReadOnlyList<Tensor> operands) => operands;

    public override IReadOnlyList<Tensor?> Propagate(
        IReadOnlyList<Tensor> kept,
        Tensor relevance,
        IReadOnlyList<bool> wanted
    ) => [rule.OfFunction(kept[0], relevance)];
}
