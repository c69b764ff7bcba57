using Lrp.Composites.Attributors;
using TorchSharp;
using TorchSharp.Modules;
using static Lrp.Tests.Attributors.Models;
using static TorchSharp.torch;

namespace Lrp.Tests.Attributors;

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
    public void A_window_of_one_element_finds_the_terms_of_a_linear_model()
    {
        using Linear model = Linear(new double[,] { { 1, 2, 3 } });
        using Attribution attribution = new Occlusion { Window = [1], ChunkSize = 2 }.Attribute(model, Inputs([1, -1, 2], [3, 1, 0]), 0);
        Assert.That(Values(attribution.Relevance), Is.EqualTo(new double[] { 1, -2, 6, 3, 2, 0 }).Within(1e-12));
    }

    [Test]
    public void An_element_gets_the_mean_over_the_windows_that_cover_it()
    {
        // Windows {0, 1}, {1, 2}, {2, 3} of a sum over 1, 2, 4, 8 cost 3, 6 and 12.
        using Linear model = Linear(new double[,] { { 1, 1, 1, 1 } });
        using Attribution attribution = new Occlusion { Window = [2], Stride = [1] }.Attribute(model, Inputs([1, 2, 4, 8]), 0);
        Assert.That(Values(attribution.Relevance), Is.EqualTo(new[] { 3, 4.5, 9, 12 }).Within(1e-12));
    }

    [Test]
    public void The_last_window_stops_at_the_edge_so_that_every_element_is_covered()
    {
        using Linear model = Linear(new double[,] { { 1, 1, 1, 1, 1 } });
        using Attribution attribution = new Occlusion { Window = [2], Stride = [2] }.Attribute(model, Inputs([1, 1, 1, 1, 1]), 0);
        Assert.That(Values(attribution.Relevance), Is.All.EqualTo(2).Within(1e-12));
    }

    [Test]
    public void All_channels_of_an_image_are_covered_together()
    {
        using Sequential model = LinearOnImages(new double[,] { { 1, 1, 1, 1, 10, 10, 10, 10 } });
        Tensor image = ones([1, 2, 2, 2], dtype: ScalarType.Float64);
        using Attribution attribution = new Occlusion { Window = [1, 1] }.Attribute(model, image, 0);
        Assert.That(Values(attribution.Relevance), Is.All.EqualTo(11).Within(1e-12));
    }

    [Test]
    public void The_window_shows_the_baseline()
    {
        using Linear model = Linear(new double[,] { { 1, 2 } });
        using Attribution attribution = new Occlusion { Window = [1], Baseline = tensor(new double[] { 1, 1 }) }.Attribute(model, Inputs([1, 3]), 0);
        Assert.That(Values(attribution.Relevance), Is.EqualTo(new double[] { 0, 4 }).Within(1e-12));
    }

    [Test]
    public void Windows_in_chunks_give_what_they_give_at_once()
    {
        using Sequential model = LinearOnImages(new double[,] { { 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8 } });
        Tensor images = randn([5, 1, 3, 4], dtype: ScalarType.Float64);
        using Attribution once = new Occlusion { Window = [2, 2], ChunkSize = 1_000 }.Attribute(model, images, 0);
        using Attribution chunks = new Occlusion { Window = [2, 2], ChunkSize = 3 }.Attribute(model, images, 0);
        Assert.That(Values(chunks.Relevance), Is.EqualTo(Values(once.Relevance)).Within(1e-12));
    }

    [Test]
    public void It_needs_no_gradient()
    {
        using var model = Of(x => x.detach().sign().sum(1, keepdim: true));
        using Attribution attribution = new Occlusion { Window = [1] }.Attribute(model, Inputs([5, -5, 0]), 0);
        Assert.That(Values(attribution.Relevance), Is.EqualTo(new double[] { 1, -1, 0 }).Within(1e-12));
    }

    [TestCase(new long[] { 4 }, null, "[4] does not fit into [3]")]
    [TestCase(new long[] { 1, 1 }, null, "window over 2 dimensions")]
    [TestCase(new long[] { 2 }, new long[] { 3 }, "stride of [3]")]
    public void A_window_that_does_not_fit_is_refused(long[] window, long[]? stride, string because)
    {
        using Linear model = Linear(new double[,] { { 1, 1, 1 } });
        var method = new Occlusion { Window = window, Stride = stride };
        Assert.That(() => method.Attribute(model, Inputs([1, 1, 1])), Throws.ArgumentException.With.Message.Contains(because));
    }
}
