using Lrp.Attribution;
using Lrp.Models;
using Lrp.Models.Transformers;
using Lrp.Tests.Examples;

namespace Lrp.Tests.Models.Text;

/// <summary>Heads and neurons that matter over several texts.</summary>
[TestFixture]
public sealed class RankingTests
{
    private static readonly string[] Texts = ["say a", "say b", "say a say b"];

    private TemporaryFolder _folder = null!;
    private LanguageModel _model = null!;

    [OneTimeSetUp]
    public void Load()
    {
        _folder = new TemporaryFolder();
        _model = TinyModel.Load(_folder.Path);
    }

    [OneTimeTearDown]
    public void Free()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Test]
    public void SharesOfAllHeadsSumToOneAndComeInOrder()
    {
        var ranking = _model.RankParts(Texts, Target.Next("b"));
        foreach (var parts in new[] { ranking.Heads, ranking.Neurons })
        {
            Assert.That(parts.Sum(part => part.Share), Is.EqualTo(1).Within(1e-12));
            Assert.That(parts.Select(part => part.Share), Is.Ordered.Descending);
        }
    }

    [Test]
    public void RelevanceOfAHeadIsTheMeanOfItsExplanations()
    {
        var first = _model.RankParts(Texts, Target.Next("b")).Heads[0];
        var expected = Texts.Average(text =>
        {
            using var explanation = _model.Explain(text, Target.Next("b"));
            return explanation.Text.Heads!.Sums[first.Block][first.Number];
        });
        Assert.That(first.Relevance, Is.EqualTo(expected).Within(1e-12));
        Assert.That(Texts, Does.Contain(first.Text));
    }

    [Test]
    public void ItIsATableForAReport() =>
        Assert.That(
            _model.RankParts(Texts, parts: RelevanceParts.Heads).ToString(),
            Does.StartWith("| head | share of all heads | relevance | positive in | most in |\n| --- |")
                .And.Contain(" of 3 |")
                .And.Not.Contain("neuron")
        );

    [Test]
    public void EachTextIsReported()
    {
        var seen = new List<int>();
        _ = _model.RankParts(Texts, progress: new Noting(seen));
        Assert.That(seen, Is.EqualTo(new[] { 1, 2, 3 }));
    }

    [Test]
    public void BlocksThatRunAgainGiveTheSameRanking()
    {
        var kept = _model.RankParts(Texts).Neurons;
        _model.RecomputesBlocks = true;
        var again = _model.RankParts(Texts).Neurons;
        _model.RecomputesBlocks = false;
        Assert.That(
            again.Select(part => (part.Block, part.Number)),
            Is.EqualTo(kept.Select(part => (part.Block, part.Number)))
        );
    }

    [Test]
    public void NoTextsAreRefused() =>
        Assert.That(() => _model.RankParts([]), Throws.ArgumentException.With.Message.Contains("at least one text"));

    [Test]
    public void PartsThatHaveNoRankAreRefused() =>
        Assert.That(
            () => _model.RankParts(Texts, parts: RelevanceParts.Latents),
            Throws.ArgumentException.With.Message.Contains("and not Latents")
        );

    private sealed class Noting(List<int> seen) : IProgress<int>
    {
        public void Report(int value) => seen.Add(value);
    }
}
