namespace Lrp.Benchmarks.Reporting;

/// <summary>The cost of a case compared with the baseline.</summary>
/// <param name="Plain">The baseline's median over the rounds, in seconds or bytes.</param>
/// <param name="Own">The case's median over the rounds, in seconds or bytes.</param>
/// <param name="Ratio">The case's cost divided by the baseline's, round by round.</param>
internal sealed record Compared(double Plain, double Own, Ratio Ratio)
{
    /// <summary>Compares the costs of all rounds.</summary>
    public static Compared Of<T>(IReadOnlyList<T> own, IReadOnlyList<T> plain, Func<T, double> cost)
    {
        double[] costs = [.. own.Select(cost)],
            plainCosts = [.. plain.Select(cost)];
        return new(Ratio.MedianOf(plainCosts), Ratio.MedianOf(costs), Ratio.Of(costs, plainCosts));
    }
}
