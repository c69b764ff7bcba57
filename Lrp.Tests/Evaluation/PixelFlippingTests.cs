using Lrp.Composites.Attributors;
using Lrp.Composites.Evaluation;
using TorchSharp;
using TorchSharp.Modules;
using static Lrp.Tests.Attributors.Models;
using static TorchSharp.torch;

namespace Lrp.Tests.Evaluation;

/// <summary>The number that comparing needs.</summary>
[TestFixture]
public sealed class PixelFlippingTests
{
    private DisposeScope _scope = null!;
    private Linear _model = null!;
    private Tensor _input = null!;

    [SetUp]
    public void Begin()
    {
        // f(x) = x0 + 2 x1 + 4 x2 + 8 x3, explained at ones.
        _scope = NewDisposeScope();
        _model = Linear(new double[,] { { 1, 2, 4, 8 } });
        _input = Inputs([1, 1, 1, 1]);
    }

    [TearDown]
    public void End()
    {
        _input.Dispose();
        _model.Dispose();
        _scope.Dispose();
    }

    [Test]
    public void Pixels_go_in_the_order_of_their_relevance_and_back()
    {
        FlippingCurves curves = new PixelFlipping { Steps = 4 }.Evaluate(_model, _input, Inputs([1, 2, 4, 8]), 0);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(curves.Shares, Is.EqualTo(new[] { 0, 0.25, 0.5, 0.75, 1 }));
            Assert.That(curves.MostRelevantFirst, Is.EqualTo(new double[] { 15, 7, 3, 1, 0 }));
            Assert.That(curves.LeastRelevantFirst, Is.EqualTo(new double[] { 15, 14, 12, 8, 0 }));
        }
    }

    [Test]
    public void The_score_is_the_area_between_the_curves()
    {
        FlippingCurves curves = new PixelFlipping { Steps = 4 }.Evaluate(_model, _input, Inputs([1, 2, 4, 8]), 0);
        Assert.That(curves.Score, Is.EqualTo(((14 - 7) + (12 - 3) + (8 - 1)) / 4.0).Within(1e-12));
    }

    [Test]
    public void Relevance_turned_round_scores_the_opposite()
    {
        var flipping = new PixelFlipping { Steps = 4 };
        double right = flipping.Evaluate(_model, _input, Inputs([1, 2, 4, 8]), 0).Score;
        double wrong = flipping.Evaluate(_model, _input, Inputs([-1, -2, -4, -8]), 0).Score;
        Assert.That(wrong, Is.EqualTo(-right).Within(1e-12));
    }

    [Test]
    public void Random_relevance_scores_about_zero_and_less_than_a_method()
    {
        using Sequential model = Relu();
        Tensor input = randn([200, 6], dtype: ScalarType.Float64);
        using Attribution attribution = new InputXGradient().Attribute(model, input);
        var flipping = new PixelFlipping { Steps = 6 };
        FlippingCurves random = flipping.EvaluateRandom(model, input);
        FlippingCurves method = flipping.Evaluate(model, input, attribution.Relevance);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Math.Abs(random.Score), Is.LessThan(4 * random.StandardError));
            Assert.That(method.Score, Is.GreaterThan(random.Score + (10 * random.StandardError)));
        }
    }

    [Test]
    public void The_same_seed_gives_the_same_random_curves()
    {
        Tensor input = randn([20, 4], dtype: ScalarType.Float64);
        IReadOnlyList<double> first = new PixelFlipping { Seed = 1 }.EvaluateRandom(_model, input, 0).MostRelevantFirst;
        IReadOnlyList<double> again = new PixelFlipping { Seed = 1, ChunkSize = 7 }.EvaluateRandom(_model, input, 0).MostRelevantFirst;
        IReadOnlyList<double> other = new PixelFlipping { Seed = 2 }.EvaluateRandom(_model, input, 0).MostRelevantFirst;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(again, Is.EqualTo(first).Within(1e-12));
            Assert.That(other, Is.Not.EqualTo(first).Within(1e-12));
        }
    }

    [Test]
    public void The_channels_of_a_pixel_go_together()
    {
        using Sequential model = LinearOnImages(new double[,] { { 1, 2, 10, 20 } });
        Tensor image = ones([1, 2, 1, 2], dtype: ScalarType.Float64);
        Tensor relevance = tensor(new double[] { 1, 0, 0, 5 }, new long[] { 1, 2, 1, 2 });
        FlippingCurves curves = new PixelFlipping { Steps = 2 }.Evaluate(model, image, relevance, 0);
        Assert.That(curves.MostRelevantFirst, Is.EqualTo(new double[] { 33, 11, 0 }));
    }

    [Test]
    public void The_channels_of_a_token_are_its_embedding_if_told()
    {
        using Sequential model = LinearOnImages(new double[,] { { 1, 2, 10, 20 } });
        Tensor tokens = ones([1, 2, 2], dtype: ScalarType.Float64);
        Tensor relevance = tensor(new double[] { 1, 2, 0, 1 }, new long[] { 1, 2, 2 });
        FlippingCurves curves = new PixelFlipping { Steps = 2, ChannelDimension = 2 }.Evaluate(model, tokens, relevance, 0);
        Assert.That(curves.MostRelevantFirst, Is.EqualTo(new double[] { 33, 30, 0 }));
    }

    [Test]
    public void A_pixel_becomes_the_baseline()
    {
        FlippingCurves curves = new PixelFlipping { Steps = 1, Baseline = tensor(new double[] { 2, 2, 2, 2 }) }.Evaluate(_model, _input, _input, 0);
        Assert.That(curves.MostRelevantFirst, Is.EqualTo(new double[] { 15, 30 }));
    }

    [Test]
    public void Relevance_of_another_shape_is_refused_with_both_shapes() =>
        Assert.That(() => new PixelFlipping().Evaluate(_model, _input, ones([1, 3])), Throws.ArgumentException.With.Message.Contains("[1, 4]").And.Message.Contains("[1, 3]"));

    [Test]
    public void Relevance_that_is_not_finite_has_no_order() =>
        Assert.That(() => new PixelFlipping().Evaluate(_model, _input, Inputs([1, double.NaN, 0, 0])), Throws.ArgumentException.With.Message.Contains("NaN"));
}
