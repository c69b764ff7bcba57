using System.Text.Json;
using Lrp.Decomposition.Agglomeration;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Decomposition;

/// <summary>Options of an agglomeration that mean nothing, and trees that JSON finds hard.</summary>
[TestFixture]
public sealed class AgglomerationOptionTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Open() => _scope = NewDisposeScope();

    [TearDown]
    public void Close() => _scope.Dispose();

    [Test]
    public void AClassThatIsNotScoredIsNamed([Values(-1, 3)] int index)
    {
        using var scorer = Scorer(double.NaN);
        Assert.That(
            () => new ImageAgglomeration { Class = index, PatchSize = 2 }.Build(scorer, ones(1, 1, 4, 4)),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("classes 0 to 2")
        );
        Assert.That(
            () => new TextAgglomeration { Class = index }.Build(scorer, ones(4, 2)),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("classes 0 to 2")
        );
    }

    [Test]
    public void APercentileOver100IsRefused()
    {
        using var scorer = Scorer(1);
        Assert.That(
            () =>
                new ImageAgglomeration
                {
                    Class = 0,
                    PatchSize = 2,
                    Percentile = 120,
                }.Build(scorer, ones(1, 1, 4, 4)),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("from 0 to 100")
        );
        Assert.That(
            () => new TextAgglomeration { Class = 0, Percentile = double.NaN }.Build(scorer, ones(4, 2)),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("from 0 to 100")
        );
    }

    [Test]
    public void ATextWithoutTheDimensionIsRefused()
    {
        using var scorer = Scorer(1);
        Assert.That(
            () => new TextAgglomeration { Class = 0 }.Build(scorer, ones(4, 2), 8),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("(4, 2)")
        );
        Assert.That(
            () => new TextAgglomeration { Class = 0 }.Build(scorer, 8),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("()")
        );
    }

    [Test]
    public void ATreeWithNaNAndOfAnyDepthBecomesJson()
    {
        using var scorer = RegionScorer.From(masks =>
            stack(
                [
                    masks.to(ScalarType.Float64).flatten(1).matmul(arange(200, ScalarType.Float64)),
                    full(masks.shape[0], double.NaN, ScalarType.Float64),
                ],
                1
            )
        );
        var tree = new TextAgglomeration { Class = 0, SubtractOther = false }.Build(scorer, ones(200));
        Assert.That(Depth(tree.Root), Is.GreaterThan(31));
        using var json = JsonDocument.Parse(tree.ToJson(), new JsonDocumentOptions { MaxDepth = 1000 });
        var scores = json.RootElement.GetProperty("root").GetProperty("classScores");
        Assert.That(scores[1].ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    private static int Depth(Region region) => 1 + region.Children.Select(Depth).DefaultIfEmpty(0).Max();

    private static RegionScorer Scorer(double value) =>
        RegionScorer.From(masks => full(masks.shape[0], 3, value, ScalarType.Float64));
}
