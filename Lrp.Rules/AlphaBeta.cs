using Lrp.Core;
using Lrp.Core.Linear;

namespace Lrp.Rules;

/// <summary>
/// Positive contributions weighted by α, negative ones by β: R_i = Σ_j (α (x_i w_ij)⁺ / z_j⁺ − β (x_i w_ij)⁻ / z_j⁻)
/// R_j.
/// </summary>
/// <remarks>Bach et al. 2015, eq. 60. The bias is shared by its sign.</remarks>
public sealed class AlphaBeta : LinearRule
{
    /// <summary>Creates the rule.</summary>
    /// <param name="alpha">α ≥ 0; α − β = 1.</param>
    /// <param name="beta">β ≥ 0.</param>
    /// <param name="stabilizer">Stabilizes the denominators; the default is 1e-6.</param>
    /// <param name="excludeBias">Whether the rule sees the bias as zero.</param>
    /// <exception cref="ArgumentException">α − β is not 1.</exception>
    public AlphaBeta(double alpha = 2, double beta = 1, Stabilizer? stabilizer = null, bool excludeBias = false)
        : base(stabilizer ?? 1e-6, excludeBias)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(alpha);
        ArgumentOutOfRangeException.ThrowIfNegative(beta);
        if (Math.Abs(alpha - beta - 1) > 1e-12)
        {
            throw new ArgumentException($"Relevance is conserved when alpha - beta is 1; {alpha} - {beta} is not.");
        }

        Alpha = alpha;
        Beta = beta;
        TermGroups =
        [
            new TermGroup(
                [
                    new LinearTerm(InputPart.Positive, WeightPart.Positive, WeightPart.Positive),
                    new LinearTerm(InputPart.Negative, WeightPart.Negative, WeightPart.None),
                ],
                alpha
            ),
            new TermGroup(
                [
                    new LinearTerm(InputPart.Positive, WeightPart.Negative, WeightPart.Negative),
                    new LinearTerm(InputPart.Negative, WeightPart.Positive, WeightPart.None),
                ],
                -beta
            ),
        ];
    }

    /// <summary>α, the weight of positive contributions.</summary>
    public double Alpha { get; }

    /// <summary>β, the weight of negative contributions.</summary>
    public double Beta { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<TermGroup> TermGroups { get; }

    /// <inheritdoc/>
    public override string ToString() =>
        Formatting.Describe(
            nameof(AlphaBeta),
            ExcludeBias,
            ("alpha", Alpha),
            ("beta", Beta),
            ("stabilizer", Stabilizer)
        );
}
