using Lrp.Core;
using Lrp.Core.Linear;

namespace Lrp.Rules;

/// <summary>
/// Distributes each output's relevance equally among all inputs that it is connected to, independent of weights and
/// input.
/// </summary>
/// <remarks>Lapuschkin et al. 2019, "Unmasking Clever Hans predictors". It needs no input values at all.</remarks>
public sealed class Flat : LinearRule
{
    /// <summary>Creates the rule.</summary>
    /// <param name="stabilizer">Stabilizes the denominator; the default is 1e-6.</param>
    public Flat(Stabilizer? stabilizer = null)
        : base(stabilizer ?? 1e-6, excludeBias: true) { }

    /// <inheritdoc/>
    public override IReadOnlyList<TermGroup> TermGroups { get; } =
    [new TermGroup([new LinearTerm(InputPart.Ones, WeightPart.Ones, WeightPart.None)])];

    /// <inheritdoc/>
    public override string ToString() => Formatting.Describe(nameof(Flat), false, ("stabilizer", Stabilizer));
}
