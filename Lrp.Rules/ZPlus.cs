using Lrp.Core;
using Lrp.Core.Linear;

namespace Lrp.Rules;

/// <summary>
/// Only positive contributions: R_i = Σ_j (x_i w_ij)⁺ R_j / Σ_i' ((x_i' w_i'j)⁺ + b_j⁺), that is x⁺ through w⁺ and x⁻
/// through w⁻.
/// </summary>
/// <remarks>
/// Montavon et al. 2017, "Deep Taylor decomposition", eq. 13, extended to inputs of any sign; the same as
/// <see cref="AlphaBeta"/> with α = 1, β = 0. On inputs that are nowhere negative it costs one convolution and one
/// gradient with w⁺.
/// </remarks>
public sealed class ZPlus : LinearRule
{
    /// <summary>Creates the rule.</summary>
    /// <param name="stabilizer">Stabilizes the denominator; the default is 1e-6.</param>
    /// <param name="excludeBias">Whether the rule sees the bias as zero.</param>
    public ZPlus(Stabilizer? stabilizer = null, bool excludeBias = false)
        : base(stabilizer ?? 1e-6, excludeBias) { }

    /// <inheritdoc/>
    public override IReadOnlyList<TermGroup> TermGroups { get; } =
    [
        new TermGroup([
            new LinearTerm(InputPart.Positive, WeightPart.Positive, WeightPart.Positive),
            new LinearTerm(InputPart.Negative, WeightPart.Negative, WeightPart.None),
        ]),
    ];

    /// <inheritdoc/>
    public override string ToString() => Formatting.Describe(nameof(ZPlus), ExcludeBias, ("stabilizer", Stabilizer));
}
