namespace Lrp.Core;

/// <summary>A backward rule that divides relevance by a stabilized denominator.</summary>
public abstract class StabilizedRule : BackwardRule
{
    /// <summary>Creates a rule.</summary>
    /// <param name="stabilizer">How denominators close to zero are kept away from it.</param>
    protected StabilizedRule(Stabilizer stabilizer)
    {
        ArgumentNullException.ThrowIfNull(stabilizer);
        Stabilizer = stabilizer;
    }

    /// <summary>How denominators close to zero are kept away from it.</summary>
    public Stabilizer Stabilizer { get; }

    /// <summary>ε of the stabilizer.</summary>
    public double Epsilon => Stabilizer.Epsilon;
}
