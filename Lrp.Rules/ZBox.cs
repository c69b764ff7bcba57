using Lrp.Core;
using Lrp.Core.Linear;
using static TorchSharp.torch;

namespace Lrp.Rules;

/// <summary>
/// For a first layer whose input lies between known bounds l ≤ x ≤ h: R_i = Σ_j (x_i w_ij − l_i w_ij⁺ − h_i w_ij⁻) R_j
/// / Σ_i' (…).
/// </summary>
/// <remarks>Montavon et al. 2017, eq. 11 (the z^B rule).</remarks>
public sealed class ZBox : LinearRule
{
    /// <summary>Creates the rule.</summary>
    /// <param name="low">
    /// The lowest value each input element can take: a scalar tensor, one value per channel (<c>[1, C, 1, 1]</c>), or a
    /// whole input. The rule keeps a copy.
    /// </param>
    /// <param name="high">The highest, likewise.</param>
    /// <param name="stabilizer">Stabilizes the denominator; the default is 1e-6.</param>
    /// <param name="excludeBias">Whether the rule sees the bias as zero.</param>
    public ZBox(Tensor low, Tensor high, Stabilizer? stabilizer = null, bool excludeBias = false)
        : base(stabilizer ?? 1e-6, excludeBias)
    {
        ArgumentNullException.ThrowIfNull(low);
        ArgumentNullException.ThrowIfNull(high);
        TermGroups =
        [
            new TermGroup([
                new LinearTerm(InputPart.All, WeightPart.All, WeightPart.All),
                new LinearTerm(InputPart.Of(low), WeightPart.Positive, WeightPart.Positive, -1),
                new LinearTerm(InputPart.Of(high), WeightPart.Negative, WeightPart.Negative, -1),
            ]),
        ];
    }

    /// <summary>Creates the rule for one lowest and one highest value.</summary>
    /// <param name="low">The lowest value that input elements can take.</param>
    /// <param name="high">The highest.</param>
    /// <param name="stabilizer">Stabilizes the denominator; the default is 1e-6.</param>
    /// <param name="excludeBias">Whether the rule sees the bias as zero.</param>
    public ZBox(double low, double high, Stabilizer? stabilizer = null, bool excludeBias = false)
        : this(Scalar(low), Scalar(high), stabilizer, excludeBias)
    {
        if (low > high)
        {
            throw new ArgumentException($"The lowest value, {low}, is above the highest, {high}.");
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<TermGroup> TermGroups { get; }

    /// <inheritdoc/>
    public override string ToString() => Formatting.Describe(nameof(ZBox), ExcludeBias, ("stabilizer", Stabilizer));

    private static Tensor Scalar(double value) => tensor(value, ScalarType.Float64).DetachFromDisposeScope();
}
