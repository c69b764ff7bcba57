using Lrp.Core;
using Lrp.Core.Linear;

namespace Lrp.Rules;

/// <summary>
/// Favours contributions that agree with the output's sign: weights w + γw⁺ for positive inputs and w + γw⁻ for
/// negative ones where the output is positive, the other way round where it is negative.
/// </summary>
/// <remarks>
/// Montavon et al. 2019, "Layer-wise relevance propagation: an overview", for inputs that are nowhere negative;
/// generalised to inputs and outputs of any sign by Andéol et al. 2021. γ = 0 is LRP-ε, γ → ∞ is <see cref="ZPlus"/>.
/// Outputs that are exactly zero pass nothing on.
/// </remarks>
public sealed class Gamma : LinearRule
{
    /// <summary>Creates the rule.</summary>
    /// <param name="gamma">γ ≥ 0.</param>
    /// <param name="stabilizer">Stabilizes the denominator; the default is 1e-6.</param>
    /// <param name="excludeBias">Whether the rule sees the bias as zero.</param>
    public Gamma(double gamma = 0.25, Stabilizer? stabilizer = null, bool excludeBias = false)
        : base(stabilizer ?? 1e-6, excludeBias)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(gamma);
        GammaFactor = gamma;
        var rising = WeightPart.Scaled(1 + gamma, 1);
        var falling = WeightPart.Scaled(1, 1 + gamma);
        TermGroups =
        [
            new TermGroup(
                [
                    new LinearTerm(InputPart.Positive, rising, rising),
                    new LinearTerm(InputPart.Negative, falling, WeightPart.None),
                ],
                Gate: OutputGate.Positive
            ),
            new TermGroup(
                [
                    new LinearTerm(InputPart.Positive, falling, falling),
                    new LinearTerm(InputPart.Negative, rising, WeightPart.None),
                ],
                Gate: OutputGate.Negative
            ),
        ];
    }

    /// <summary>γ. The name is longer than the symbol since a member cannot have its class's name.</summary>
    public double GammaFactor { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<TermGroup> TermGroups { get; }

    /// <inheritdoc/>
    public override string ToString() =>
        Formatting.Describe(nameof(Gamma), ExcludeBias, ("gamma", GammaFactor), ("stabilizer", Stabilizer));
}
