using Lrp.Decomposition.Agglomeration;
using static TorchSharp.torch;

namespace Lrp.Tests.Decomposition;

/// <summary>Trees of phrases as pictures.</summary>
[TestFixture]
public sealed class TextHierarchyTests
{
    [TestCase(0.004, ">0.00<")]
    [TestCase(-0.004, ">0.00<")]
    [TestCase(-0.006, ">-0.01<")]
    [TestCase(0.006, ">+0.01<")]
    public void AScoreThatRoundsToZeroHasNoSign(double score, string label)
    {
        using var scope = NewDisposeScope();
        var scorer = RegionScorer.From(masks =>
            masks.to_type(ScalarType.Float64).flatten(1).mean([1L]).mul(score).unsqueeze(1)
        );
        var tree = new TextAgglomeration { Class = 0 }.Build(scorer, arange(2, ScalarType.Int64));
        Assert.That(TextHierarchy.ToSvg(tree, ["a", "b"]), Does.Contain(label));
    }
}
