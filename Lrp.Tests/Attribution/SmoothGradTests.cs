using Lrp.Attribution.Gradients;
using TorchSharp;
using static Lrp.Tests.Attribution.Models;
using static TorchSharp.torch;

namespace Lrp.Tests.Attribution;

/// <summary>The mean gradient over noisy copies.</summary>
[TestFixture]
public sealed class SmoothGradTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Begin() => _scope = NewDisposeScope();

    [TearDown]
    public void End() => _scope.Dispose();

    [Test]
    public void ALinearModelHasTheSameGradientEverywhere()
    {
        using var model = Linear(
            new double[,]
            {
                { 1, 2, 3 },
            }
        );
        using var attribution = new SmoothGrad { Copies = 7, ChunkSize = 4 }.Attribute(
            model,
            Inputs([1, 0, 2], [3, 1, 0]),
            0
        );
        Assert.That(Values(attribution.Relevance), Is.EqualTo(new double[] { 1, 2, 3, 1, 2, 3 }).Within(1e-12));
    }

    [Test]
    public void NoiseIsMeasuredByTheRangeOfEachSample()
    {
        // The gradient of x³/3 is x², and its mean over noise of deviation σ is x² + σ².
        using var model = Of(x => (x * x * x).div(3).sum(1, keepdim: true));
        using var attribution = new SmoothGrad
        {
            Copies = 40_000,
            ChunkSize = 80_000,
            NoiseLevel = 0.5,
        }.Attribute(model, Inputs([0, 2], [0, 4]), 0);
        Assert.That(Values(attribution.Relevance), Is.EqualTo(new double[] { 1, 5, 4, 20 }).Within(0.3));
    }

    [Test]
    public void WithoutNoiseItIsTheGradient()
    {
        using var model = Relu();
        var input = randn([4, 6], dtype: ScalarType.Float64);
        using var smooth = new SmoothGrad { NoiseLevel = 0, Copies = 5 }.Attribute(model, input);
        using var plain = new Lrp.Attribution.Gradients.Gradient().Attribute(model, input);
        Assert.That(Values(smooth.Relevance), Is.EqualTo(Values(plain.Relevance)).Within(1e-12));
    }

    [Test]
    public void TheSameSeedGivesTheSameRelevanceWhateverElseDrawsNumbers()
    {
        using var model = Relu();
        var input = randn([4, 6], dtype: ScalarType.Float64);
        using var first = new SmoothGrad { Seed = 5 }.Attribute(model, input);
        manual_seed(99);
        using var second = new SmoothGrad { Seed = 5 }.Attribute(model, input);
        using var other = new SmoothGrad { Seed = 6 }.Attribute(model, input);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Values(second.Relevance), Is.EqualTo(Values(first.Relevance)));
            Assert.That(Values(other.Relevance), Is.Not.EqualTo(Values(first.Relevance)));
        }
    }

    [Test]
    public void NoCopiesAreRefused()
    {
        using var model = Relu();
        Assert.That(
            () => new SmoothGrad { Copies = 0 }.Attribute(model, zeros([1, 6], dtype: ScalarType.Float64)),
            Throws.InstanceOf<ArgumentOutOfRangeException>()
        );
    }
}
