namespace Lrp.Benchmarks.Reporting;

/// <summary>A case's cost beside the plain thing's.</summary>
/// <param name="Plain">The plain thing's median over the rounds: seconds or bytes.</param>
/// <param name="Own">The case's.</param>
/// <param name="Ratio">The second over the first, round by round.</param>
internal sealed record Compared(double Plain, double Own, Ratio Ratio)
{
    /// <summary>Compares what was measured in rounds.</summary>
    public static Compared Of<T>(IReadOnlyList<T> own, IReadOnlyList<T> plain, Func<T, double> cost)
    {
        double[] costs = [.. own.Select(cost)], plainCosts = [.. plain.Select(cost)];
        return new(Ratio.MedianOf(plainCosts), Ratio.MedianOf(costs), Ratio.Of(costs, plainCosts));
    }
}
