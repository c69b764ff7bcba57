namespace Lrp.Analysis.Comparison;

/// <summary>How far two lists of numbers go together.</summary>
public static class RankCorrelation
{
    /// <summary>Pearson's correlation.</summary>
    /// <param name="left">Numbers.</param>
    /// <param name="right">As many numbers.</param>
    /// <returns>From -1 to 1; NaN where a side is constant or there are fewer than two numbers.</returns>
    public static double Pearson(IReadOnlyList<double> left, IReadOnlyList<double> right)
    {
        Check(left, right);
        if (left.Count < 2)
        {
            return double.NaN;
        }

        (double meanLeft, double meanRight) = (left.Average(), right.Average());
        (double product, double squareLeft, double squareRight) = (0, 0, 0);
        for (int i = 0; i < left.Count; i++)
        {
            (double a, double b) = (left[i] - meanLeft, right[i] - meanRight);
            product += a * b;
            squareLeft += a * a;
            squareRight += b * b;
        }

        return squareLeft > 0 && squareRight > 0 ? product / Math.Sqrt(squareLeft * squareRight) : double.NaN;
    }

    /// <summary>Spearman's ρ: Pearson's correlation of the ranks, equal numbers sharing their mean rank.</summary>
    /// <param name="left">Numbers.</param>
    /// <param name="right">As many numbers.</param>
    /// <returns>From -1 to 1; NaN where a side is constant or there are fewer than two numbers.</returns>
    public static double Spearman(IReadOnlyList<double> left, IReadOnlyList<double> right)
    {
        Check(left, right);
        return Pearson(Ranks(left), Ranks(right));
    }

    /// <summary>Kendall's τ-b, which allows for equal numbers.</summary>
    /// <param name="left">Numbers.</param>
    /// <param name="right">As many numbers.</param>
    /// <returns>From -1 to 1; NaN where a side is constant or there are fewer than two numbers.</returns>
    public static double Kendall(IReadOnlyList<double> left, IReadOnlyList<double> right)
    {
        Check(left, right);
        (double balance, double pairsLeft, double pairsRight) = (0, 0, 0);
        for (int i = 0; i < left.Count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                (int a, int b) = (left[i].CompareTo(left[j]), right[i].CompareTo(right[j]));
                balance += a * b;
                pairsLeft += a * a;
                pairsRight += b * b;
            }
        }

        return pairsLeft > 0 && pairsRight > 0 ? balance / Math.Sqrt(pairsLeft * pairsRight) : double.NaN;
    }

    /// <summary>Ranks from 1, equal numbers sharing their mean rank.</summary>
    /// <param name="values">Numbers.</param>
    public static double[] Ranks(IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        int[] order = [.. Enumerable.Range(0, values.Count).OrderBy(index => values[index])];
        double[] ranks = new double[values.Count];
        for (int first = 0; first < order.Length;)
        {
            int end = first + 1;
            while (end < order.Length && values[order[end]].Equals(values[order[first]]))
            {
                end++;
            }

            for (int i = first; i < end; i++)
            {
                ranks[order[i]] = (first + 1 + end) / 2.0;
            }

            first = end;
        }

        return ranks;
    }

    private static void Check(IReadOnlyList<double> left, IReadOnlyList<double> right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        if (left.Count != right.Count)
        {
            throw new ArgumentException($"A correlation needs as many numbers on both sides; there are {left.Count} and {right.Count}.");
        }

        if (left.Concat(right).Any(double.IsNaN))
        {
            throw new ArgumentException("A correlation of numbers that are NaN has no meaning; leave those entries out.");
        }
    }
}
