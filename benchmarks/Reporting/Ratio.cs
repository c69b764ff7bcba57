namespace Lrp.Benchmarks.Reporting;

/// <summary>A case's cost over the plain thing's of the same round, over all rounds.</summary>
/// <param name="Median">The median of the rounds.</param>
/// <param name="Low">The lowest, once an eighth of the rounds is left out at either end (of fewer than 8, none).
/// </param>
/// <param name="High">The highest, likewise.</param>
/// <param name="Rounds">How many rounds there were.</param>
internal sealed record Ratio(double Median, double Low, double High, int Rounds)
{
    /// <summary>From the lowest to the highest.</summary>
    public double Spread => High - Low;

    /// <summary>The ratios of rounds.</summary>
    /// <param name="costs">A case's cost in each round.</param>
    /// <param name="plain">The plain thing's in the same rounds.</param>
    /// <exception cref="ArgumentException">There are no rounds, or not equally many.</exception>
    public static Ratio Of(IReadOnlyList<double> costs, IReadOnlyList<double> plain)
    {
        if (costs.Count == 0 || costs.Count != plain.Count)
        {
            throw new ArgumentException(
                $"Ratios need equally many rounds of both, at least one; there are {costs.Count} and {plain.Count}.");
        }

        double[] ratios = [.. costs.Zip(plain, (own, other) => own / other).Order()];
        var outermost = ratios.Length / 8;
        return new(Middle(ratios), ratios[outermost], ratios[^(outermost + 1)], ratios.Length);
    }

    /// <summary>The middle value, or the mean of the two.</summary>
    /// <exception cref="ArgumentException">There are no values.</exception>
    public static double MedianOf(IEnumerable<double> values) => Middle([.. values.Order()]);

    private static double Middle(double[] sorted)
    {
        if (sorted.Length == 0)
        {
            throw new ArgumentException("There is no median of no values.");
        }

        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
