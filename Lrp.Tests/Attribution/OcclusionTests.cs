using Lrp.Attribution;
using TorchSharp;
using static Lrp.Tests.Attribution.Models;
using static TorchSharp.torch;

namespace Lrp.Tests.Attribution;

/// <summary>What the output loses when parts of the input are covered.</summary>
[TestFixture]
public sealed class OcclusionTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Begin() => _scope = NewDisposeScope();

    [TearDown]
    public void End() => _scope.Dispose();

    [Test]
    public void AWindowOfOneElementFindsTheTermsOfALinearModel()
    {
        using var model = Linear(
            new double[,]
            {
                { 1, 2, 3 },
            }
        );
        using var attribution = new Occlusion { Window = [1], ChunkSize = 2 }.Attribute(
            model,
            Inputs([1, -1, 2], [3, 1, 0]),
            0
        );
        Assert.That(Values(attribution.Relevance), Is.EqualTo(new double[] { 1, -2, 6, 3, 2, 0 }).Within(1e-12));
    }

    [Test]
    public void AnElementGetsTheMeanOfItsPartsOverTheWindowsThatCoverIt()
    {
        // Windows {0, 1}, {1, 2}, {2, 3} of a sum over 1, 2, 4, 8 cost 3, 6 and 12; each element gets half.
        using var model = Linear(
            new double[,]
            {
                { 1, 1, 1, 1 },
            }
        );
        using var attribution = new Occlusion { Window = [2], Stride = [1] }.Attribute(model, Inputs([1, 2, 4, 8]), 0);
        Assert.That(Values(attribution.Relevance), Is.EqualTo(new[] { 1.5, 2.25, 4.5, 6 }).Within(1e-12));
    }

    [Test]
    public void TheLastWindowStopsAtTheEdgeSoThatEveryElementIsCovered()
    {
        using var model = Linear(
            new double[,]
            {
                { 1, 1, 1, 1, 1 },
            }
        );
        using var attribution = new Occlusion { Window = [2], Stride = [2] }.Attribute(
            model,
            Inputs([1, 1, 1, 1, 1]),
            0
        );
        Assert.That(Values(attribution.Relevance), Is.All.EqualTo(1).Within(1e-12));
    }

    [Test]
    public void TheSumOverSeparateWindowsIsTheDifferenceThatTheBaselineMakes()
    {
        using var model = LinearOnImages(
            new double[,]
            {
                { 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4, 6, 2, 6, 4, 3, 3, 8, 3, 2, 7, 9, 5 },
            }
        );
        var images = randn([3, 2, 4, 4], dtype: ScalarType.Float64);
        var method = new Occlusion { Window = [2, 2], Stride = [2, 2] };
        using var attribution = method.Attribute(model, images, 0);
        var whole = model.call(images).flatten().data<double>().ToArray();
        Assert.Multiple(() =>
        {
            Assert.That(attribution.Sums, Is.EqualTo(whole).Within(1e-12));
            Assert.That(attribution.Conservation, Is.EqualTo(1).Within(1e-12));
        });
    }

    [Test]
    public void TheSizeOfTheWindowDoesNotChangeTheScale()
    {
        using var model = Linear(
            new double[,]
            {
                { 1, 1, 1, 1, 1, 1 },
            }
        );
        var sums = new[] { 1L, 2, 3, 6 }.Select(size =>
        {
            using var attribution = new Occlusion { Window = [size] }.Attribute(model, Inputs([2, 2, 2, 2, 2, 2]), 0);
            return attribution.Sums[0];
        });
        Assert.That(sums, Is.All.EqualTo(12).Within(1e-12));
    }

    [Test]
    public void AllChannelsOfAnImageAreCoveredTogether()
    {
        using var model = LinearOnImages(
            new double[,]
            {
                { 1, 1, 1, 1, 10, 10, 10, 10 },
            }
        );
        var image = ones([1, 2, 2, 2], dtype: ScalarType.Float64);
        using var attribution = new Occlusion { Window = [1, 1] }.Attribute(model, image, 0);
        Assert.That(Values(attribution.Relevance), Is.All.EqualTo(5.5).Within(1e-12));
    }

    [Test]
    public void TheWindowShowsTheBaseline()
    {
        using var model = Linear(
            new double[,]
            {
                { 1, 2 },
            }
        );
        using var attribution = new Occlusion { Window = [1], Baseline = tensor(new double[] { 1, 1 }) }.Attribute(
            model,
            Inputs([1, 3]),
            0
        );
        Assert.That(Values(attribution.Relevance), Is.EqualTo(new double[] { 0, 4 }).Within(1e-12));
    }

    [Test]
    public void WindowsInChunksGiveWhatTheyGiveAtOnce()
    {
        using var model = LinearOnImages(
            new double[,]
            {
                { 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8 },
            }
        );
        var images = randn([5, 1, 3, 4], dtype: ScalarType.Float64);
        using var once = new Occlusion { Window = [2, 2], ChunkSize = 1_000 }.Attribute(model, images, 0);
        using var chunks = new Occlusion { Window = [2, 2], ChunkSize = 3 }.Attribute(model, images, 0);
        Assert.That(Values(chunks.Relevance), Is.EqualTo(Values(once.Relevance)).Within(1e-12));
    }

    [Test]
    public void ItNeedsNoGradient()
    {
        using var model = Of(x => x.detach().sign().sum(1, keepdim: true));
        using var attribution = new Occlusion { Window = [1] }.Attribute(model, Inputs([5, -5, 0]), 0);
        Assert.That(Values(attribution.Relevance), Is.EqualTo(new double[] { 1, -1, 0 }).Within(1e-12));
    }

    [TestCase(new long[] { 4 }, null, "[4] does not fit into [3]")]
    [TestCase(new long[] { 1, 1 }, null, "window over 2 dimensions")]
    [TestCase(new long[] { 2 }, new long[] { 3 }, "stride of [3]")]
    public void AWindowThatDoesNotFitIsRefused(long[] window, long[]? stride, string because)
    {
        using var model = Linear(
            new double[,]
            {
                { 1, 1, 1 },
            }
        );
        var method = new Occlusion { Window = window, Stride = stride };
        Assert.That(
            () => method.Attribute(model, Inputs([1, 1, 1])),
            Throws.ArgumentException.With.Message.Contains(because)
        );
    }
}
