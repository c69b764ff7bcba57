using Lrp.Core;

namespace Lrp.Rules;

/// <summary>
/// Distributes relevance in proportion to each input's contribution: the <see cref="Epsilon"/> rule with ε as a
/// stabilizer only, for layers without parameters such as sums and average pooling.
/// </summary>
/// <remarks>The rule that zennit calls Norm.</remarks>
public sealed class Norm : Epsilon
{
    /// <summary>Creates the rule.</summary>
    /// <param name="stabilizer">Stabilizes the denominator; the default is 1e-6.</param>
    public Norm(Stabilizer? stabilizer = null)
        : base(stabilizer ?? 1e-6) { }

    /// <inheritdoc/>
    public override string ToString() => Formatting.Describe(nameof(Norm), false, ("stabilizer", Stabilizer));
}
