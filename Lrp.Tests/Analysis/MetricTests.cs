using Lrp.Analysis.Comparison;
using Lrp.Analysis.Probes;

namespace Lrp.Tests.Analysis;

/// <summary>Scores by hand.</summary>
[TestFixture]
public sealed class MetricTests
{
    private static readonly long[] Expected = [0, 0, 1, 1, 2, 2];
    private static readonly long[] Predicted = [0, 1, 1, 1, 2, 0];

    [Test]
    public void Accuracy_is_the_share_right() => Assert.That(ProbeMetrics.Accuracy(Predicted, Expected), Is.EqualTo(4 / 6.0));

    [Test]
    public void F1_weighs_hits_against_misses_and_false_alarms()
    {
        Assert.That(ProbeMetrics.F1(Predicted, Expected, 1), Is.EqualTo(0.8).Within(1e-12));
        Assert.That(ProbeMetrics.F1(Predicted, Expected, 7), Is.Zero);
        Assert.That(ProbeMetrics.Classification(Predicted, Expected).MacroF1, Is.EqualTo((0.5 + 0.8 + (2 / 3.0)) / 3).Within(1e-12));
    }

    [Test]
    public void Matthews_correlation_follows_Gorodkin()
    {
        // (4·6 − (2·2 + 3·2 + 1·2)) / √((36 − 14)(36 − 12))
        Assert.That(ProbeMetrics.MatthewsCorrelation(Predicted, Expected), Is.EqualTo(12 / Math.Sqrt(22 * 24)).Within(1e-12));
        Assert.That(ProbeMetrics.MatthewsCorrelation([1, 1], [1, 1]), Is.Zero);
    }

    [Test]
    public void Ranks_share_their_mean_where_numbers_are_equal() =>
        Assert.That(RankCorrelation.Ranks([3, 1, 3, 2]), Is.EqualTo(new[] { 3.5, 1, 3.5, 2 }));

    [Test]
    public void Spearman_sees_order_alone()
    {
        Assert.That(RankCorrelation.Spearman([1, 2, 3], [1, 10, 1000]), Is.EqualTo(1).Within(1e-12));
        Assert.That(RankCorrelation.Spearman([1, 2, 3], [3, 2, 1]), Is.EqualTo(-1).Within(1e-12));
        Assert.That(RankCorrelation.Spearman([1, 2, 3], [5, 5, 5]), Is.NaN);
    }

    [Test]
    public void Kendall_counts_pairs() => Assert.That(RankCorrelation.Kendall([1, 2, 3, 4], [1, 2, 4, 3]), Is.EqualTo(4 / 6.0).Within(1e-12));

    [Test]
    public void Control_labels_are_one_a_word_type()
    {
        string[] words = ["the", "cat", "The", "the", "dog", "cat"];
        long[] labels = ControlTask.Labels(words, [0, 1, 0, 0, 1, 1], seed: 3);
        Assert.That((labels[0], labels[1]), Is.EqualTo((labels[3], labels[5])));
        long[] folded = ControlTask.Labels(words, [0, 1, 0, 0, 1, 1], seed: 3, caseSensitive: false);
        Assert.That(folded[2], Is.EqualTo(folded[0]));
    }

    [Test]
    public void Control_labels_follow_the_real_frequencies()
    {
        string[] words = [.. Enumerable.Range(0, 5000).Select(index => index.ToString(System.Globalization.CultureInfo.InvariantCulture))];
        long[] labels = ControlTask.Labels(words, [0, 0, 0, 1]);
        Assert.That(labels.Average(), Is.EqualTo(0.25).Within(0.03));
    }
}
