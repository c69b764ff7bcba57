using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Rules;

/// <summary>
/// The <see cref="Epsilon"/> rule and then equal shares for the n inputs, as AttnLRP handles a matrix product:
/// R_i = x_i Σ_j ∂f_j/∂x_i · R_j / (n·(f_j(x) + ε·sign(f_j(x)))).
/// </summary>
/// <remarks>Achtibat et al. 2024, section 3.3.2 and eq. 14.</remarks>
public sealed class UniformEpsilon : StabilizedRule
{
    /// <summary>Creates the rule.</summary>
    /// <param name="epsilon">ε ≥ 0.</param>
    public UniformEpsilon(Stabilizer? epsilon = null)
        : base(epsilon ?? 1e-6) { }

    /// <inheritdoc/>
    public override RuleNeeds NeedsFor(nn.Module module) => RuleNeeds.LocalGraph;

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return InputTimesGradient.Propagate(call, Stabilizer, call.Inputs.Count);
    }

    /// <inheritdoc/>
    public override string ToString() => Formatting.Describe(nameof(UniformEpsilon), false, ("epsilon", Stabilizer));
}
