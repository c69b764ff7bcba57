using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Models.Vision.GradientRules;

// The efficient form of relevance (Achtibat et al. 2024, section 3.3): between a network's ends a gradient travels, and
// relevance is the value times the gradient.

/// <summary>Where a network ends: relevance R of an output y becomes the gradient R / y.</summary>
internal sealed class RelevanceToGradient : BackwardRule
{
    private static readonly Stabilizer Exact = 0;

    public override RuleNeeds NeedsFor(nn.Module module) => RuleNeeds.Output;

    public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call) => [Exact.Divide(call.Relevance, call.Output)];
}

/// <summary>Where a network begins: a gradient G at x becomes the relevance x·G.</summary>
internal sealed class GradientToRelevance : BackwardRule
{
    public override RuleNeeds NeedsFor(nn.Module module) => RuleNeeds.Input;

    public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call) => [call.Relevance.mul(call.Input)];
}
