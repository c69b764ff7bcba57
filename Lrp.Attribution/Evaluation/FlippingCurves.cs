namespace Lrp.Attribution.Evaluation;

/// <summary>The explained output as more and more of the input is removed.</summary>
public sealed class FlippingCurves
{
    private readonly double[][] _most;
    private readonly double[][] _least;

    internal FlippingCurves(double[] fractions, double[][] mostRelevantFirst, double[][] leastRelevantFirst)
    {
        Fractions = fractions;
        _most = mostRelevantFirst;
        _least = leastRelevantFirst;
        MostRelevantFirst = Mean(mostRelevantFirst);
        LeastRelevantFirst = Mean(leastRelevantFirst);
        Faithfulness = [.. _least.Zip(_most, (least, most) => Area(least) - Area(most))];
    }

    /// <summary>The fractions of the input's pixels that are removed, from 0 to 1.</summary>
    public IReadOnlyList<double> Fractions { get; }

    /// <summary>
    /// The mean explained output over the samples when the most relevant pixels are removed first; lower is better.
    /// </summary>
    public IReadOnlyList<double> MostRelevantFirst { get; }

    /// <summary>
    /// The mean explained output over the samples when the least relevant pixels are removed first; higher is better.
    /// </summary>
    public IReadOnlyList<double> LeastRelevantFirst { get; }

    /// <summary>The area between the two curves, for each sample.</summary>
    public IReadOnlyList<double> Faithfulness { get; }

    /// <summary>
    /// The area between the curves, least relevant first minus most relevant first, as a mean over the samples. A
    /// higher score is more faithful; random relevance has a score near zero (Achtibat et al. 2024, ΔA^F).
    /// </summary>
    public double Score => Faithfulness.Average();

    /// <summary>The standard error of the score, the mean over the samples; NaN for a single sample.</summary>
    public double StandardError
    {
        get
        {
            var count = Faithfulness.Count;
            var mean = Score;
            return count < 2
                ? double.NaN
                : Math.Sqrt(Faithfulness.Sum(value => (value - mean) * (value - mean)) / (count - 1) / count);
        }
    }

    private double[] Mean(double[][] curves) =>
        [.. Enumerable.Range(0, Fractions.Count).Select(step => curves.Average(curve => curve[step]))];

    private double Area(double[] curve) =>
        Enumerable
            .Range(1, curve.Length - 1)
            .Sum(i => (Fractions[i] - Fractions[i - 1]) * (curve[i] + curve[i - 1]) / 2);
}
