namespace Lrp.Benchmarks.Reporting;

/// <summary>The cost of a case divided by the baseline's cost in the same round, over all rounds.</summary>
/// <param name="Median">The median of the rounds.</param>
/// <param name="Low">
/// The lowest ratio, after an eighth of the rounds is left out at either end (none if there are fewer than 8).
/// </param>
/// <param name="High">The highest ratio, after the same rounds are left out.</param>
/// <param name="Rounds">The number of rounds.</param>
internal sealed record Ratio(double Median, double Low, double High, int Rounds)
{
    /// <summary>The highest minus the lowest ratio.</summary>
    public double Spread => High - Low;

    /// <summary>Computes the ratios of all rounds.</summary>
    /// <param name="costs">The case's cost in each round.</param>
    /// <param name="plain">The baseline's cost in the same rounds.</param>
    /// <exception cref="ArgumentException">There are no rounds, or the numbers of rounds differ.</exception>
    public static Ratio Of(IReadOnlyList<double> costs, IReadOnlyList<double> plain)
    {
        if (costs.Count == 0 || costs.Count != plain.Count)
        {
            throw new ArgumentException(
                $"Ratios need the same number of rounds, at least one; there are {costs.Count} and {plain.Count}."
            );
        }

        double[] ratios = [.. costs.Zip(plain, (own, other) => own / other).Order()];
        var outermost = ratios.Length / 8;
        return new(Middle(ratios), ratios[outermost], ratios[^(outermost + 1)], ratios.Length);
    }

    /// <summary>The middle value, or the mean of the two middle values.</summary>
    /// <exception cref="ArgumentException">There are no values.</exception>
    public static double MedianOf(IEnumerable<double> values) => Middle([.. values.Order()]);

    private static double Middle(double[] sorted)
    {
        if (sorted.Length == 0)
        {
            throw new ArgumentException("A median needs at least one value.");
        }

        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
