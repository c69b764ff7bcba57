using MathNet.Numerics;
using MathNet.Numerics.Statistics;

namespace Lrp.Analysis.Probes;

/// <summary>Scores of predictions, with scikit-learn's and SciPy's definitions.</summary>
/// <remarks>Scores of numbers are MathNet's, which has none of classes.</remarks>
public static class ProbeMetrics
{
    /// <summary>All scores of predicted classes.</summary>
    /// <param name="predicted">A class a row.</param>
    /// <param name="expected">The label a row.</param>
    public static ClassificationScores Classification(IReadOnlyList<long> predicted, IReadOnlyList<long> expected)
    {
        Check(predicted.Count, expected.Count);
        long[] classes = [.. predicted.Concat(expected).Distinct().Order()];
        double macro = classes.Length == 0 ? double.NaN : classes.Average(label => F1(predicted, expected, label));
        return new ClassificationScores(expected.Count, Accuracy(predicted, expected), F1(predicted, expected, 1), macro, MatthewsCorrelation(predicted, expected));
    }

    /// <summary>All scores of predicted numbers.</summary>
    /// <param name="predicted">A number a row.</param>
    /// <param name="expected">The label a row.</param>
    public static RegressionScores Regression(IReadOnlyList<double> predicted, IReadOnlyList<double> expected)
    {
        Check(predicted.Count, expected.Count);
        if (predicted.Concat(expected).Any(double.IsNaN))
        {
            throw new ArgumentException("Some predictions or labels are NaN, which cannot be scored; leave those rows out, or train with a lower learning rate.");
        }

        double explained = GoodnessOfFit.CoefficientOfDetermination(predicted, expected);
        return new RegressionScores(
            expected.Count,
            Correlation.Pearson(predicted, expected),
            Correlation.Spearman(predicted, expected),
            double.IsFinite(explained) ? explained : double.NaN,
            Distance.MSE([.. predicted], [.. expected]));
    }

    /// <summary>The share predicted right; NaN without rows.</summary>
    /// <param name="predicted">A class a row.</param>
    /// <param name="expected">The label a row.</param>
    public static double Accuracy(IReadOnlyList<long> predicted, IReadOnlyList<long> expected)
    {
        Check(predicted.Count, expected.Count);
        int right = 0;
        for (int row = 0; row < expected.Count; row++)
        {
            right += predicted[row] == expected[row] ? 1 : 0;
        }

        return expected.Count == 0 ? double.NaN : (double)right / expected.Count;
    }

    /// <summary>F1 of one class against the others: 2·TP/(2·TP + FP + FN), 0 where that is 0/0.</summary>
    /// <param name="predicted">A class a row.</param>
    /// <param name="expected">The label a row.</param>
    /// <param name="positive">The class.</param>
    public static double F1(IReadOnlyList<long> predicted, IReadOnlyList<long> expected, long positive)
    {
        Check(predicted.Count, expected.Count);
        (long both, long either) = (0, 0);
        for (int row = 0; row < expected.Count; row++)
        {
            (bool p, bool e) = (predicted[row] == positive, expected[row] == positive);
            both += p && e ? 1 : 0;
            either += (p ? 1 : 0) + (e ? 1 : 0);
        }

        return either == 0 ? 0 : 2.0 * both / either;
    }

    /// <summary>Matthews' correlation coefficient, for any number of classes (Gorodkin 2004); 0 where it is 0/0.</summary>
    /// <param name="predicted">A class a row.</param>
    /// <param name="expected">The label a row.</param>
    public static double MatthewsCorrelation(IReadOnlyList<long> predicted, IReadOnlyList<long> expected)
    {
        Check(predicted.Count, expected.Count);
        double rows = expected.Count;
        double right = predicted.Zip(expected, (p, e) => p == e ? 1.0 : 0.0).Sum();
        Dictionary<long, double> predictions = predicted.GroupBy(label => label).ToDictionary(group => group.Key, group => (double)group.Count());
        Dictionary<long, double> labels = expected.GroupBy(label => label).ToDictionary(group => group.Key, group => (double)group.Count());
        double cross = predictions.Sum(entry => entry.Value * labels.GetValueOrDefault(entry.Key));
        double spread = ((rows * rows) - predictions.Values.Sum(n => n * n)) * ((rows * rows) - labels.Values.Sum(n => n * n));
        return spread > 0 ? ((right * rows) - cross) / Math.Sqrt(spread) : 0;
    }

    private static void Check(int predicted, int expected)
    {
        if (predicted != expected)
        {
            throw new ArgumentException($"There are {predicted} predictions and {expected} labels.");
        }
    }
}
