using Lrp.Attribution;
using Lrp.Models;
using Lrp.Models.Transformers;

namespace Lrp.Tests.Models.Text;

/// <summary>Heads and neurons that matter over several texts.</summary>
[TestFixture]
public sealed class RankingTests : TinyModelTests
{
    private static readonly string[] Texts = ["say a", "say b", "say a say b"];

    [Test]
    public void SharesOfAllHeadsSumToOneAndComeInOrder()
    {
        var ranking = Model.RankParts(Texts, Target.Next("b"));
        foreach (var parts in new[] { ranking.Heads, ranking.Neurons })
        {
            Assert.That(parts.Sum(part => part.Share), Is.EqualTo(1).Within(1e-12));
            Assert.That(parts.Select(part => part.Share), Is.Ordered.Descending);
        }
    }

    [Test]
    public void RelevanceOfAHeadIsTheMeanOfItsExplanations()
    {
        var first = Model.RankParts(Texts, Target.Next("b")).Heads[0];
        var expected = Texts.Average(text =>
        {
            using var explanation = Model.Explain(text, Target.Next("b"));
            return explanation.Text.Heads!.Sums[first.Block][first.Number];
        });
        Assert.That(first.Relevance, Is.EqualTo(expected).Within(1e-12));
        Assert.That(Texts, Does.Contain(first.Text));
    }

    [Test]
    public void ItIsATableForAReport() =>
        Assert.That(
            Model.RankParts(Texts, parts: RelevanceParts.Heads).ToString(),
            Does.StartWith("| head | share of all heads | relevance | positive in | most in |\n| --- |")
                .And.Contain(" of 3 |")
                .And.Not.Contain("neuron")
        );

    [Test]
    public void EachTextIsReported()
    {
        var seen = new List<int>();
        _ = Model.RankParts(Texts, progress: new Noting(seen));
        Assert.That(seen, Is.EqualTo(new[] { 1, 2, 3 }));
    }

    [Test]
    public void BlocksThatRunAgainGiveTheSameRanking()
    {
        var kept = Model.RankParts(Texts).Neurons;
        Model.RecomputesBlocks = true;
        var again = Model.RankParts(Texts).Neurons;
        Model.RecomputesBlocks = false;
        Assert.That(
            again.Select(part => (part.Block, part.Number)),
            Is.EqualTo(kept.Select(part => (part.Block, part.Number)))
        );
    }

    [Test]
    public void NoTextsAreRefused() =>
        Assert.That(() => Model.RankParts([]), Throws.ArgumentException.With.Message.Contains("at least one text"));

    [Test]
    public void PartsThatHaveNoRankAreRefused() =>
        Assert.That(
            () => Model.RankParts(Texts, parts: RelevanceParts.Latents),
            Throws.ArgumentException.With.Message.Contains("and not Latents")
        );

    private sealed class Noting(List<int> seen) : IProgress<int>
    {
        public void Report(int value) => seen.Add(value);
    }
}
