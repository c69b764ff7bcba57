using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Onnx.Modules;

/// <summary>
/// The rule Epsilon for a softmax: R_i = x_i Σ_j ∂s_j/∂x_i · R_j / s_j, and nothing where a score is masked by −∞.
/// </summary>
/// <remarks>For ε = 0 that is x_i (R_i − s_i Σ_j R_j): AttnLRP (Achtibat et al. 2024), proposition 3.1.</remarks>
/// <param name="epsilon">ε ≥ 0.</param>
public sealed class MaskedEpsilon(Stabilizer epsilon) : StabilizedRule(epsilon)
{
    /// <inheritdoc/>
    public override RuleNeeds NeedsFor(nn.Module module) => RuleNeeds.LocalGraph;

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        var quotient = Stabilizer.Divide(call.Relevance, call.Output.detach());
        var scores = call.Input.detach();
        return [call.Gradient([quotient])[0]?.mul(scores.masked_fill(scores.isinf(), 0))];
    }
}
