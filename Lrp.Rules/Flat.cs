using Lrp.Core.Linear;

namespace Lrp.Rules;

/// <summary>
/// Each output's relevance in equal shares to all inputs that it is connected to, whatever weights and input.
/// </summary>
/// <remarks>Lapuschkin et al. 2019, "Unmasking Clever Hans predictors". It needs no input values at all.</remarks>
public sealed class Flat : LinearRule
{
    /// <summary>Creates the rule.</summary>
    /// <param name="stabilizer">ε of the stabilized denominator, ≥ 0.</param>
    public Flat(double stabilizer = 1e-6)
        : base(stabilizer, excludeBias: true)
    {
    }

    /// <inheritdoc/>
    public override IReadOnlyList<LinearShare> Shares { get; } =
        [new LinearShare([new LinearTerm(InputPart.Ones, WeightPart.Ones, WeightPart.None)])];

    /// <inheritdoc/>
    public override string ToString() =>
        Formatting.Describe(nameof(Flat), false, ("stabilizer", Epsilon));
}
