namespace Lrp.Rules;

/// <summary>
/// Distributes relevance in proportion to each input's contribution: the <see cref="Epsilon"/> rule with ε as a mere
/// stabilizer, for layers without parameters such as sums and average pooling.
/// </summary>
/// <remarks>The rule that zennit calls Norm.</remarks>
public sealed class Norm : Epsilon
{
    /// <summary>Creates the rule.</summary>
    /// <param name="stabilizer">ε of the stabilized denominator, ≥ 0.</param>
    public Norm(double stabilizer = 1e-6)
        : base(stabilizer)
    {
    }

    /// <inheritdoc/>
    public override string ToString() => Formatting.Describe(nameof(Norm), false, ("stabilizer", Value));
}
