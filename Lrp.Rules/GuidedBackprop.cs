using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Rules;

/// <summary>
/// The activation's gradient of the positive part of what comes from above: for ReLU R_in = max(R_out, 0) where the
/// input is positive, else 0.
/// </summary>
/// <remarks>Springenberg et al. 2015, "Striving for simplicity".</remarks>
public sealed class GuidedBackprop : RectifierRule
{
    /// <inheritdoc/>
    public override RuleNeeds NeedsFor(nn.Module module) => RuleNeeds.LocalGraph;

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        using var positive = call.Relevance.clamp_min(0);
        return call.Gradient([positive]);
    }

    /// <inheritdoc/>
    internal override Tensor OfFunction(Tensor input, Tensor relevance) => relevance.clamp_min(0).mul_(input.gt(0));
}
