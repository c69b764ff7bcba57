namespace Lrp.Composites.Evaluation;

/// <summary>How the explained output falls as more and more of the input is taken away.</summary>
public sealed class FlippingCurves
{
    private readonly double[][] _most;
    private readonly double[][] _least;

    internal FlippingCurves(double[] shares, double[][] mostRelevantFirst, double[][] leastRelevantFirst)
    {
        Shares = shares;
        _most = mostRelevantFirst;
        _least = leastRelevantFirst;
        MostRelevantFirst = Mean(mostRelevantFirst);
        LeastRelevantFirst = Mean(leastRelevantFirst);
        Faithfulness = [.. _least.Zip(_most, (least, most) => Area(least) - Area(most))];
    }

    /// <summary>The shares of the input's pixels that are taken away, from 0 to 1.</summary>
    public IReadOnlyList<double> Shares { get; }

    /// <summary>The explained output, mean over the samples, with the most relevant pixels taken away first: the lower the better.</summary>
    public IReadOnlyList<double> MostRelevantFirst { get; }

    /// <summary>The explained output, mean over the samples, with the least relevant pixels taken away first: the higher the better.</summary>
    public IReadOnlyList<double> LeastRelevantFirst { get; }

    /// <summary>The area between the two curves of each sample.</summary>
    public IReadOnlyList<double> Faithfulness { get; }

    /// <summary>
    /// The area between the curves, least relevant first minus most relevant first, mean over the samples: the higher the
    /// more faithful; near zero for relevance drawn at random (Achtibat et al. 2024, ΔA^F).
    /// </summary>
    public double Score => Faithfulness.Average();

    /// <summary>How uncertain the score is: the standard error of the mean over the samples; NaN for a single sample.</summary>
    public double StandardError
    {
        get
        {
            int count = Faithfulness.Count;
            double mean = Score;
            return count < 2 ? double.NaN : Math.Sqrt(Faithfulness.Sum(value => (value - mean) * (value - mean)) / (count - 1) / count);
        }
    }

    private double[] Mean(double[][] curves) =>
        [.. Enumerable.Range(0, Shares.Count).Select(step => curves.Average(curve => curve[step]))];

    private double Area(double[] curve) =>
        Enumerable.Range(1, curve.Length - 1).Sum(i => (Shares[i] - Shares[i - 1]) * (curve[i] + curve[i - 1]) / 2);
}
