using Lrp.Composites.Attributors;
using TorchSharp;
using TorchSharp.Modules;
using static Lrp.Tests.Attributors.Models;
using static TorchSharp.torch;

namespace Lrp.Tests.Attributors;

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
    public void A_linear_model_has_the_same_gradient_everywhere()
    {
        using Linear model = Linear(new double[,] { { 1, 2, 3 } });
        using Attribution attribution = new SmoothGrad { Copies = 7, ChunkSize = 4 }.Attribute(model, Inputs([1, 0, 2], [3, 1, 0]), 0);
        Assert.That(Values(attribution.Relevance), Is.EqualTo(new double[] { 1, 2, 3, 1, 2, 3 }).Within(1e-12));
    }

    [Test]
    public void Noise_is_measured_by_the_range_of_each_sample()
    {
        // The gradient of x³/3 is x², and its mean over noise of deviation σ is x² + σ².
        using var model = Of(x => (x * x * x).div(3).sum(1, keepdim: true));
        using Attribution attribution = new SmoothGrad { Copies = 40_000, ChunkSize = 80_000, NoiseLevel = 0.5 }.Attribute(model, Inputs([0, 2], [0, 4]), 0);
        Assert.That(Values(attribution.Relevance), Is.EqualTo(new double[] { 1, 5, 4, 20 }).Within(0.3));
    }

    [Test]
    public void Without_noise_it_is_the_gradient()
    {
        using Sequential model = Relu();
        Tensor input = randn([4, 6], dtype: ScalarType.Float64);
        using Attribution smooth = new SmoothGrad { NoiseLevel = 0, Copies = 5 }.Attribute(model, input);
        using Attribution plain = new Lrp.Composites.Attributors.Gradient().Attribute(model, input);
        Assert.That(Values(smooth.Relevance), Is.EqualTo(Values(plain.Relevance)).Within(1e-12));
    }

    [Test]
    public void The_same_seed_gives_the_same_relevance_whatever_else_draws_numbers()
    {
        using Sequential model = Relu();
        Tensor input = randn([4, 6], dtype: ScalarType.Float64);
        using Attribution first = new SmoothGrad { Seed = 5 }.Attribute(model, input);
        manual_seed(99);
        using Attribution second = new SmoothGrad { Seed = 5 }.Attribute(model, input);
        using Attribution other = new SmoothGrad { Seed = 6 }.Attribute(model, input);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Values(second.Relevance), Is.EqualTo(Values(first.Relevance)));
            Assert.That(Values(other.Relevance), Is.Not.EqualTo(Values(first.Relevance)));
        }
    }

    [Test]
    public void No_copies_are_refused()
    {
        using Sequential model = Relu();
        Assert.That(() => new SmoothGrad { Copies = 0 }.Attribute(model, zeros([1, 6], dtype: ScalarType.Float64)), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
