using Lrp.Attribution.Evaluation;
using Lrp.Attribution.Gradients;
using TorchSharp;
using TorchSharp.Modules;
using static Lrp.Tests.Attribution.Models;
using static TorchSharp.torch;

namespace Lrp.Tests.Attribution;

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
        _model = Linear(
            new double[,]
            {
                { 1, 2, 4, 8 },
            }
        );
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
    public void PixelsGoInTheOrderOfTheirRelevanceAndBack()
    {
        var curves = new PixelFlipping { Steps = 4 }.Evaluate(_model, _input, Inputs([1, 2, 4, 8]), 0);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(curves.Fractions, Is.EqualTo(new[] { 0, 0.25, 0.5, 0.75, 1 }));
            Assert.That(curves.MostRelevantFirst, Is.EqualTo(new double[] { 15, 7, 3, 1, 0 }));
            Assert.That(curves.LeastRelevantFirst, Is.EqualTo(new double[] { 15, 14, 12, 8, 0 }));
        }
    }

    [Test]
    public void TheScoreIsTheAreaBetweenTheCurves()
    {
        var curves = new PixelFlipping { Steps = 4 }.Evaluate(_model, _input, Inputs([1, 2, 4, 8]), 0);
        Assert.That(curves.Score, Is.EqualTo(((14 - 7) + (12 - 3) + (8 - 1)) / 4.0).Within(1e-12));
    }

    [Test]
    public void AnEmptyBatchIsRefusedWithItsShape()
    {
        using var none = zeros([0, 4], ScalarType.Float64);
        var flipping = new PixelFlipping();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => flipping.Evaluate(_model, none, none),
                Throws.ArgumentException.With.Message.Contains("[0, 4]").And.Message.Contains("at least one sample")
            );
            Assert.That(
                () => flipping.EvaluateRandom(_model, none),
                Throws.ArgumentException.With.Message.Contains("at least one sample")
            );
        }
    }

    [Test]
    public void RelevanceTurnedRoundScoresTheOpposite()
    {
        var flipping = new PixelFlipping { Steps = 4 };
        var right = flipping.Evaluate(_model, _input, Inputs([1, 2, 4, 8]), 0).Score;
        var wrong = flipping.Evaluate(_model, _input, Inputs([-1, -2, -4, -8]), 0).Score;
        Assert.That(wrong, Is.EqualTo(-right).Within(1e-12));
    }

    [Test]
    public void RandomRelevanceScoresAboutZeroAndLessThanAMethod()
    {
        using var model = Relu();
        var input = randn([200, 6], dtype: ScalarType.Float64);
        using var attribution = new InputXGradient().Attribute(model, input);
        var flipping = new PixelFlipping { Steps = 6 };
        var random = flipping.EvaluateRandom(model, input);
        var method = flipping.Evaluate(model, input, attribution.Relevance);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Math.Abs(random.Score), Is.LessThan(4 * random.StandardError));
            Assert.That(method.Score, Is.GreaterThan(random.Score + (10 * random.StandardError)));
        }
    }

    [Test]
    public void TheSameSeedGivesTheSameRandomCurves()
    {
        var input = randn([20, 4], dtype: ScalarType.Float64);
        var first = new PixelFlipping { Seed = 1 }
            .EvaluateRandom(_model, input, 0)
            .MostRelevantFirst;
        var again = new PixelFlipping { Seed = 1, ChunkSize = 7 }
            .EvaluateRandom(_model, input, 0)
            .MostRelevantFirst;
        var other = new PixelFlipping { Seed = 2 }
            .EvaluateRandom(_model, input, 0)
            .MostRelevantFirst;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(again, Is.EqualTo(first).Within(1e-12));
            Assert.That(other, Is.Not.EqualTo(first).Within(1e-12));
        }
    }

    [Test]
    public void TheChannelsOfAPixelGoTogether()
    {
        using var model = LinearOnImages(
            new double[,]
            {
                { 1, 2, 10, 20 },
            }
        );
        var image = ones([1, 2, 1, 2], dtype: ScalarType.Float64);
        var relevance = tensor(new double[] { 1, 0, 0, 5 }, new long[] { 1, 2, 1, 2 });
        var curves = new PixelFlipping { Steps = 2 }.Evaluate(model, image, relevance, 0);
        Assert.That(curves.MostRelevantFirst, Is.EqualTo(new double[] { 33, 11, 0 }));
    }

    [Test]
    public void TheChannelsOfATokenAreItsEmbeddingIfTold()
    {
        using var model = LinearOnImages(
            new double[,]
            {
                { 1, 2, 10, 20 },
            }
        );
        var tokens = ones([1, 2, 2], dtype: ScalarType.Float64);
        var relevance = tensor(new double[] { 1, 2, 0, 1 }, new long[] { 1, 2, 2 });
        var curves = new PixelFlipping { Steps = 2, ChannelDimension = 2 }.Evaluate(model, tokens, relevance, 0);
        Assert.That(curves.MostRelevantFirst, Is.EqualTo(new double[] { 33, 30, 0 }));
    }

    [Test]
    public void APixelBecomesTheBaseline()
    {
        var curves = new PixelFlipping { Steps = 1, Baseline = tensor(new double[] { 2, 2, 2, 2 }) }.Evaluate(
            _model,
            _input,
            _input,
            0
        );
        Assert.That(curves.MostRelevantFirst, Is.EqualTo(new double[] { 15, 30 }));
    }

    [Test]
    public void RelevanceOfAnotherShapeIsRefusedWithBothShapes() =>
        Assert.That(
            () => new PixelFlipping().Evaluate(_model, _input, ones([1, 3])),
            Throws.ArgumentException.With.Message.Contains("[1, 4]").And.Message.Contains("[1, 3]")
        );

    [Test]
    public void RelevanceThatIsNotFiniteHasNoOrder() =>
        Assert.That(
            () => new PixelFlipping().Evaluate(_model, _input, Inputs([1, double.NaN, 0, 0])),
            Throws.ArgumentException.With.Message.Contains("NaN")
        );
}
