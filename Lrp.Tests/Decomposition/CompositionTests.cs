using Lrp.Decomposition;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Decomposition;

/// <summary>A composition's parts sum to its tensor, however it was made.</summary>
[TestFixture]
public sealed class CompositionTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Begin() => _scope = NewDisposeScope();

    [TearDown]
    public void End() => _scope.Dispose();

    [Test]
    public void EveryWayOfMakingOneSumsToTheTensor()
    {
        var x = randn(1, 2, 6, 7, ScalarType.Float64);
        Composition[] all =
        [
            Composition.Of(randn([3, 1, 2, 6, 7], ScalarType.Float64)),
            Composition.Masked(x, rand(6, 7).gt(0.5)),
            Composition.PerIndex(x, -1),
            Composition.PerFeature(x),
            Composition.Patches(x, 4),
            Composition.Groups(x, randint(-1, 3, [6, 7])),
            Composition.Regions(x, rand([4, 1, 2, 6, 7]).gt(0.5)),
        ];
        foreach (var composition in all)
        {
            Assert.That(composition.ReconstructionError(), Is.LessThan(1e-14), composition.ToString());
        }
    }

    [Test]
    public void PatchesAtTheBorderMayBeSmaller()
    {
        using var patches = Composition.Patches(ones(1, 1, 5, 7), 3);
        Assert.That(patches.Count, Is.EqualTo(6));
        Assert.That(
            patches.Components.sum([1L, 2L, 3L, 4L]).data<float>().ToArray(),
            Is.EqualTo(new float[] { 9, 9, 3, 6, 6, 2 })
        );
    }

    [Test]
    public void PartsThatDoNotSumAreRefused() =>
        Assert.That(
            () => Composition.Of(ones(3), zeros(2, 3), zeros(3)),
            Throws.InvalidOperationException.With.Message.Contains("residual")
        );

    [Test]
    public void MasksWithoutALeadingDimensionAreRefusedWithTheRemedy() =>
        Assert.That(
            () => Composition.Regions(ones(2, 3), ones(2, 3)),
            Throws.ArgumentException.With.Message.Contains("leading dimension")
        );

    [Test]
    public void ComponentsAndPiecesAreIndexed()
    {
        var x = randn(4, 5, ScalarType.Float64);
        using var composition = Composition.PerIndex(x, 1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                composition[2].sum(0L)[2].item<double>(),
                Is.EqualTo(x.sum(0L)[2].item<double>()).Within(1e-12)
            );
            Assert.That(composition.At(TensorIndex.Single(1)).ReconstructionError(), Is.LessThan(1e-14));
            Assert.That(
                composition[1..3].Residual.allclose(x - x * (arange(5).ge(1).logical_and(arange(5).lt(3)))),
                Is.True
            );
        }
    }

    [Test]
    public void ArithmeticActsOnEveryPart()
    {
        using var one = Composition.PerIndex(randn(4, 5, ScalarType.Float64), 1);
        using var other = Composition.PerIndex(randn(4, 5, ScalarType.Float64), 1);
        var sum = one * 2 - other / 4 + ones(5, ScalarType.Float64);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sum.ReconstructionError(), Is.LessThan(1e-14));
            Assert.That(sum[3].allclose(one[3] * 2 - other[3] / 4), Is.True);
            Assert.That(sum.Residual.allclose(ones(4, 5, ScalarType.Float64)), Is.True);
        }
    }
}
