using Lrp.Core;
using Lrp.Core.Linear;

namespace Lrp.Rules;

/// <summary>
/// For a first layer whose input is unbounded: R_i = Σ_j w_ij² R_j / Σ_i' w_i'j², whatever the input.
/// </summary>
/// <remarks>Montavon et al. 2017, eq. 9. It needs no input values at all.</remarks>
public sealed class WSquare : LinearRule
{
    /// <summary>Creates the rule.</summary>
    /// <param name="stabilizer">Stabilizes the denominator; the default is 1e-6.</param>
    /// <param name="excludeBias">Whether the rule sees the bias as zero.</param>
    public WSquare(Stabilizer? stabilizer = null, bool excludeBias = false)
        : base(stabilizer ?? 1e-6, excludeBias) { }

    /// <inheritdoc/>
    public override IReadOnlyList<TermGroup> TermGroups { get; } =
    [new TermGroup([new LinearTerm(InputPart.Ones, WeightPart.Squared, WeightPart.Squared)])];

    /// <inheritdoc/>
    public override string ToString() => Formatting.Describe(nameof(WSquare), ExcludeBias, ("stabilizer", Stabilizer));
}
