using Lrp.Analysis.Probes;

namespace Lrp.Tests.Analysis;

/// <summary>Scores by hand.</summary>
[TestFixture]
public sealed class MetricTests
{
    private static readonly long[] Expected = [0, 0, 1, 1, 2, 2];
    private static readonly long[] Predicted = [0, 1, 1, 1, 2, 0];

    [Test]
    public void AccuracyIsTheShareRight() =>
        Assert.That(ProbeMetrics.Accuracy(Predicted, Expected), Is.EqualTo(4 / 6.0));

    [Test]
    public void F1WeighsHitsAgainstMissesAndFalseAlarms()
    {
        Assert.That(ProbeMetrics.F1(Predicted, Expected, 1), Is.EqualTo(0.8).Within(1e-12));
        Assert.That(ProbeMetrics.F1(Predicted, Expected, 7), Is.Zero);
        Assert.That(
            ProbeMetrics.Classification(Predicted, Expected).MacroF1,
            Is.EqualTo((0.5 + 0.8 + (2 / 3.0)) / 3).Within(1e-12)
        );
    }

    [Test]
    public void MatthewsCorrelationFollowsGorodkin()
    {
        // (4·6 − (2·2 + 3·2 + 1·2)) / √((36 − 14)(36 − 12))
        Assert.That(
            ProbeMetrics.MatthewsCorrelation(Predicted, Expected),
            Is.EqualTo(12 / Math.Sqrt(22 * 24)).Within(1e-12)
        );
        Assert.That(ProbeMetrics.MatthewsCorrelation([1, 1], [1, 1]), Is.Zero);
    }

    [Test]
    public void NumbersAreScoredByCorrelationVarianceAndError()
    {
        var scores = ProbeMetrics.Regression([1, 10, 100, 10], [1, 2, 3, 2]);
        Assert.That(scores.Spearman, Is.EqualTo(1).Within(1e-12), "equal numbers share their mean rank");
        Assert.That(scores.Pearson, Is.EqualTo(99 / Math.Sqrt(2 * 6540.75)).Within(1e-12));
        Assert.That(scores.MeanSquaredError, Is.EqualTo((64 + (97 * 97) + 64) / 4.0).Within(1e-12));
        Assert.That(scores.R2, Is.EqualTo(1 - ((64 + (97 * 97) + 64) / 2.0)).Within(1e-9));
    }

    [Test]
    public void NumbersThatNeverChangeHaveNoCorrelationAndExplainNothing()
    {
        var scores = ProbeMetrics.Regression([1, 2, 3], [0.1, 0.1, 0.1]);
        Assert.That((scores.Pearson, scores.Spearman, scores.R2), Is.EqualTo((double.NaN, double.NaN, double.NaN)));
    }

    [Test]
    public void PredictionsThatAreNaNAreRefused() =>
        Assert.That(
            () => ProbeMetrics.Regression([double.NaN, 1], [0, 1]),
            Throws.ArgumentException.With.Message.Contains("NaN")
        );

    [Test]
    public void ControlLabelsAreOneAWordType()
    {
        string[] words = ["the", "cat", "The", "the", "dog", "cat"];
        var labels = ControlTask.Labels(words, [0, 1, 0, 0, 1, 1], seed: 3);
        Assert.That((labels[0], labels[1]), Is.EqualTo((labels[3], labels[5])));
        var folded = ControlTask.Labels(words, [0, 1, 0, 0, 1, 1], seed: 3, caseSensitive: false);
        Assert.That(folded[2], Is.EqualTo(folded[0]));
    }

    [Test]
    public void ControlLabelsFollowTheRealFrequencies()
    {
        string[] words =
        [
            .. Enumerable
                .Range(0, 5000)
                .Select(index => index.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        ];
        var labels = ControlTask.Labels(words, [0, 0, 0, 1]);
        Assert.That(labels.Average(), Is.EqualTo(0.25).Within(0.03));
    }
}
