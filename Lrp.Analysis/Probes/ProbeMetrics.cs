using MathNet.Numerics;
using MathNet.Numerics.Statistics;

namespace Lrp.Analysis.Probes;

/// <summary>Computes scores of predictions, as scikit-learn and SciPy define them.</summary>
/// <remarks>Scores of numbers come from MathNet, which has no scores of classes.</remarks>
public static class ProbeMetrics
{
    /// <summary>Computes all scores of predicted classes.</summary>
    /// <param name="predicted">One predicted class per row.</param>
    /// <param name="expected">One label per row.</param>
    public static ClassificationScores Classification(IReadOnlyList<long> predicted, IReadOnlyList<long> expected)
    {
        Check(predicted.Count, expected.Count);
        long[] classes = [.. predicted.Concat(expected).Distinct().Order()];
        var macro = classes.Length == 0 ? double.NaN : classes.Average(label => F1(predicted, expected, label));
        return new ClassificationScores(
            expected.Count,
            Accuracy(predicted, expected),
            F1(predicted, expected, 1),
            macro,
            MatthewsCorrelation(predicted, expected)
        );
    }

    /// <summary>Computes all scores of predicted numbers.</summary>
    /// <param name="predicted">One predicted number per row.</param>
    /// <param name="expected">One label per row.</param>
    public static RegressionScores Regression(IReadOnlyList<double> predicted, IReadOnlyList<double> expected)
    {
        Check(predicted.Count, expected.Count);
        if (predicted.Concat(expected).Any(double.IsNaN))
        {
            throw new ArgumentException(
                "Some predictions or labels are NaN, which cannot be scored; leave those rows out, or train with "
                    + "a lower learning rate."
            );
        }

        var explained = GoodnessOfFit.CoefficientOfDetermination(predicted, expected);
        return new RegressionScores(
            expected.Count,
            Correlation.Pearson(predicted, expected),
            Correlation.Spearman(predicted, expected),
            double.IsFinite(explained) ? explained : double.NaN,
            Distance.MSE([.. predicted], [.. expected])
        );
    }

    /// <summary>The fraction of correct predictions; NaN without rows.</summary>
    /// <param name="predicted">One predicted class per row.</param>
    /// <param name="expected">One label per row.</param>
    public static double Accuracy(IReadOnlyList<long> predicted, IReadOnlyList<long> expected)
    {
        Check(predicted.Count, expected.Count);
        var right = 0;
        for (var row = 0; row < expected.Count; row++)
        {
            right += predicted[row] == expected[row] ? 1 : 0;
        }

        return expected.Count == 0 ? double.NaN : (double)right / expected.Count;
    }

    /// <summary>F1 of one class against the others: 2·TP/(2·TP + FP + FN), 0 where that is 0/0.</summary>
    /// <param name="predicted">One predicted class per row.</param>
    /// <param name="expected">One label per row.</param>
    /// <param name="positive">The class.</param>
    public static double F1(IReadOnlyList<long> predicted, IReadOnlyList<long> expected, long positive)
    {
        Check(predicted.Count, expected.Count);
        (long both, long either) = (0, 0);
        for (var row = 0; row < expected.Count; row++)
        {
            var (p, e) = (predicted[row] == positive, expected[row] == positive);
            both += p && e ? 1 : 0;
            either += (p ? 1 : 0) + (e ? 1 : 0);
        }

        return either == 0 ? 0 : 2.0 * both / either;
    }

    /// <summary>
    /// Matthews' correlation coefficient, for any number of classes (Gorodkin 2004); 0 where it is 0/0.
    /// </summary>
    /// <param name="predicted">One predicted class per row.</param>
    /// <param name="expected">One label per row.</param>
    public static double MatthewsCorrelation(IReadOnlyList<long> predicted, IReadOnlyList<long> expected)
    {
        Check(predicted.Count, expected.Count);
        double rows = expected.Count;
        var right = predicted.Zip(expected, (p, e) => p == e ? 1.0 : 0.0).Sum();
        var predictions = predicted
            .GroupBy(label => label)
            .ToDictionary(group => group.Key, group => (double)group.Count());
        var labels = expected.GroupBy(label => label).ToDictionary(group => group.Key, group => (double)group.Count());
        var cross = predictions.Sum(entry => entry.Value * labels.GetValueOrDefault(entry.Key));
        var spread =
            ((rows * rows) - predictions.Values.Sum(n => n * n)) * ((rows * rows) - labels.Values.Sum(n => n * n));
        return spread > 0 ? ((right * rows) - cross) / Math.Sqrt(spread) : 0;
    }

    private static void Check(int predicted, int expected)
    {
        if (predicted != expected)
        {
            throw new ArgumentException($"There are {predicted} predictions, but {expected} labels.");
        }
    }
}
