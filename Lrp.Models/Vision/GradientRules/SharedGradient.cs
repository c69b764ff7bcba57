using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Models.Vision.GradientRules;

/// <summary>
/// A product: each of its two factors takes half of its gradient (Achtibat et al. 2024, proposition 3.3).
/// </summary>
internal sealed class SharedGradient : BackwardRule
{
    public override RuleNeeds NeedsFor(nn.Module module) => RuleNeeds.LocalGraph;

    public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call)
    {
        using var half = call.Relevance.div(call.Inputs.Count);
        return call.Gradient([half]);
    }
}
