using Lrp.Core.Linear;

namespace Lrp.Rules;

/// <summary>
/// For a first layer whose input is unbounded: R_i = Σ_j w_ij² R_j / Σ_i' w_i'j², whatever the input.
/// </summary>
/// <remarks>Montavon et al. 2017, eq. 9. It needs no input values at all.</remarks>
public sealed class WSquare : LinearRule
{
    /// <summary>Creates the rule.</summary>
    /// <param name="stabilizer">ε of the stabilized denominator, ≥ 0.</param>
    /// <param name="excludeBias">Whether the rule sees the bias as zero.</param>
    public WSquare(double stabilizer = 1e-6, bool excludeBias = false)
        : base(stabilizer, excludeBias)
    {
    }

    /// <inheritdoc/>
    public override IReadOnlyList<LinearShare> Shares { get; } =
        [new LinearShare([new LinearTerm(InputPart.Ones, WeightPart.Squared, WeightPart.Squared)])];

    /// <inheritdoc/>
    public override string ToString() =>
        Formatting.Describe(nameof(WSquare), ExcludeBias, ("stabilizer", Epsilon));
}
