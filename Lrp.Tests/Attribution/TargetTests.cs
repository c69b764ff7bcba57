using Lrp.Attribution;
using TorchSharp;
using static Lrp.Tests.Attribution.Models;
using static TorchSharp.torch;
using Gradient = Lrp.Attribution.Gradients.Gradient;

namespace Lrp.Tests.Attribution;

/// <summary>Outputs of other shapes than (samples, classes): tokens, pixels, boxes.</summary>
[TestFixture]
public sealed class TargetTests
{
    private const int Positions = 4;
    private const int Vocabulary = 5;

    private DisposeScope _scope = null!;
    private Tensor _logits = null!;

    [SetUp]
    public void Begin()
    {
        _scope = NewDisposeScope();
        manual_seed(3);
        _logits = randn(3, Positions, Vocabulary, ScalarType.Float64);
    }

    [TearDown]
    public void End()
    {
        _logits.Dispose();
        _scope.Dispose();
    }

    [TestCase(2)]
    [TestCase(-2)]
    [TestCase(-1)]
    [TestCase(0)]
    public void ATokenIsOneLogitOfEachSample(int position)
    {
        var found = Explained(Target.Token(position, 3));
        Assert.That(found, Is.EqualTo(Values(_logits[.., position, 3])));
        Assert.That(
            Explained(Target.Token(position, 3, against: 1)),
            Is.EqualTo(Values(_logits[.., position, 3] - _logits[.., position, 1])).Within(1e-15)
        );
        Assert.That(
            Explained(Target.Difference(Target.Token(position, 3), Target.Token(0, 1))),
            Is.EqualTo(Values(_logits[.., position, 3] - _logits[.., 0, 1])).Within(1e-15)
        );
    }

    /// <summary>Only positions are counted from the end: -1 is no token.</summary>
    [Test]
    public void ANegativeTokenIsRefused()
    {
        var mask = ones(3, Positions);
        Func<Target>[] targets =
        [
            () => Target.Token(1, -1),
            () => Target.Token(0, -1),
            () => Target.Token(1, 2, against: -1),
            () => Target.Token(mask, -1),
            () => Target.Tokens(-1, 3, -1, 2),
            () => Target.Tokens(mask, 3, -1, 2),
        ];
        Assert.Multiple(() =>
        {
            foreach (var target in targets)
            {
                Assert.That(target, Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("token"));
            }
        });
    }

    /// <summary>What has one row for each sample fits the batch, or says so.</summary>
    [Test]
    public void WhatIsForMoreSamplesThanTheBatchHasIsRefused()
    {
        var mask = ones(4, Positions);
        Target[] targets =
        [
            Target.Token(mask, 2),
            Target.PredictedToken(mask),
            Target.Tokens(-1, 1, 2, 3, 4),
            Target.Weights(ones(4, Positions, Vocabulary)),
            Target.Pixels(0, ones(4, Vocabulary)),
        ];
        Assert.Multiple(() =>
        {
            foreach (var target in targets)
            {
                Assert.That(
                    () => Explained(target),
                    Throws.ArgumentException.With.Message.Contains("for 4 samples, and the batch has 3")
                );
            }
        });
    }

    [Test]
    public void AMaskForOtherPositionsThanTheOutputHasIsRefused() =>
        Assert.That(
            () => Explained(Target.Token(ones(3, Positions - 1), 2)),
            Throws.ArgumentException.With.Message.Contains("3 positions").And.Message.Contains("has 4")
        );

    /// <summary>A mask that is added to scores has 0 for a token, the other way round.</summary>
    [Test]
    public void AMaskOfOtherNumbersThanZeroAndOneIsRefused() =>
        Assert.That(
            () => Target.Token(tensor(new[] { 0f, 0, -1e9f, -1e9f }).reshape(1, 4), 2),
            Throws.ArgumentException.With.Message.Contains("mask.eq(0)")
        );

    [Test]
    public void WeightsThatAreNotFiniteAreRefused()
    {
        var weights = full([Positions, Vocabulary], double.NaN);
        Assert.That(() => Target.Weights(weights), Throws.ArgumentException.With.Message.Contains("NaN"));
        Assert.That(() => Target.Pixels(0, weights), Throws.ArgumentException.With.Message.Contains("NaN"));
    }

    [Test]
    public void AMaskGivesTheLastPositionThatIsNoPadding()
    {
        var right = tensor(new long[] { 1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1 }).reshape(3, 4);
        var left = tensor(new[] { 0f, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1 }).reshape(3, 4);
        double[] expected = [_logits[0, 1, 2].ToDouble(), _logits[1, 0, 2].ToDouble(), _logits[2, 3, 2].ToDouble()];
        Assert.That(Explained(Target.Token(right, 2)), Is.EqualTo(expected));
        Assert.That(Explained(Target.Token(right.to(ScalarType.Bool), 2)), Is.EqualTo(expected));
        Assert.That(Explained(Target.Token(left, 2)), Is.EqualTo(Values(_logits[.., -1, 2])));
        Assert.That(Explained(Target.Tokens(right, 2, 2, 2)), Is.EqualTo(expected));
        expected[0] = _logits[0, 1].max().ToDouble();
        expected[1] = _logits[1, 0].max().ToDouble();
        expected[2] = _logits[2, 3].max().ToDouble();
        Assert.That(Explained(Target.PredictedToken(right)), Is.EqualTo(expected));
    }

    [Test]
    public void ThePredictedTokenIsThatOfTheLastPosition()
    {
        Assert.That(Explained(Target.Predicted), Is.EqualTo(Values(_logits[.., -1].amax([1]))));
        Assert.That(Explained(Target.PredictedToken(1)), Is.EqualTo(Values(_logits[.., 1].amax([1]))));
        Assert.That(
            Explained(Target.Tokens(-1, 4, 0, 2)),
            Is.EqualTo(new[] { _logits[0, -1, 4], _logits[1, -1, 0], _logits[2, -1, 2] }.Select(x => x.ToDouble()))
        );
    }

    [Test]
    public void PixelsAreTheSumOfAChannelOverAMask()
    {
        var image = randn(3, 2, 4, 5, ScalarType.Float64);
        var mask = rand(4, 5).gt(0.5);
        var each = rand(3, 4, 5, ScalarType.Float64);
        Assert.Multiple(() =>
        {
            Assert.That(Explained(Target.Pixels(1), image), Is.EqualTo(Values(image[.., 1].sum([1, 2]))).Within(1e-12));
            Assert.That(
                Explained(Target.Pixels(-1, mask), image),
                Is.EqualTo(Values((image[.., 1] * mask).sum([1, 2]))).Within(1e-12)
            );
            Assert.That(
                Explained(Target.Pixels(0, each), image),
                Is.EqualTo(Values((image[.., 0] * each).sum([1, 2]))).Within(1e-12)
            );
        });
    }

    [Test]
    public void AnEntryIsOneNumberOrTheSumOfWhatIsLeft()
    {
        var boxes = randn(3, 6, 5, ScalarType.Float64);
        var numbers = randn(3, ScalarType.Float64);
        Assert.Multiple(() =>
        {
            Assert.That(Explained(Target.Entry(2, 4), boxes), Is.EqualTo(Values(boxes[.., 2, 4])));
            Assert.That(Explained(Target.Entry(-1, -2), boxes), Is.EqualTo(Values(boxes[.., 5, 3])));
            Assert.That(Explained(Target.Entry(2), boxes), Is.EqualTo(Values(boxes[.., 2].sum(1))).Within(1e-12));
            Assert.That(Explained(Target.Entry(), numbers), Is.EqualTo(Values(numbers)));
        });
    }

    [Test]
    public void WhatDoesNotFitIsRefusedWithTheShapesAndTheRemedy()
    {
        var image = randn(3, 2, 4, 5, ScalarType.Float64);
        var classes = randn(3, 4, ScalarType.Float64);
        Assert.Multiple(() =>
        {
            Refused(Target.Token(4, 1), _logits, "[", "0 to 3");
            Refused(Target.Token(-5, 1), _logits, "-4");
            Refused(Target.Token(0, 5), _logits, "0 to 4");
            Refused(Target.Token(-1, 1), classes, "[2, 4]", "Target.Class");
            Refused(Target.Token(-1, 1), image, "[2, 2, 4, 5]", "Target.Entry");
            Refused(Target.Tokens(-1, 1, 2), _logits, "2 samples", "3");
            Refused(Target.Class(1), _logits, "[2, 4, 5]", "Target.Token");
            Refused(Target.Class(1), image, "[2, 2, 4, 5]", "Target.Pixels");
            Refused(Target.Predicted, image, "Target.Pixels");
            Refused(Target.Pixels(2), image, "[2, 2, 4, 5]", "0 to 1");
            Refused(Target.Pixels(0), classes, "[2, 4]", "Target.Class");
            Refused(Target.Pixels(0, ones(3, 3)), image, "[3, 3]", "[4, 5]");
            Refused(Target.Entry(1, 1, 1, 1), image, "at most 3");
            Refused(Target.Entry(0, 9), _logits, "Dimension 2", "0 to 4");
            Assert.That(() => Target.Token(ones(3), 1), Throws.ArgumentException.With.Message.Contains("[3]"));
            Assert.That(
                () => Target.Token(tensor(new[] { 1L, 1, 0, 0 }).reshape(2, 2), 1),
                Throws.ArgumentException.With.Message.Contains("Sample 1")
            );
        });
    }

    private static void Refused(Target target, Tensor output, params string[] parts)
    {
        var message = Assert.Catch<ArgumentException>(() => Explained(target, output))!.Message;
        foreach (var part in parts)
        {
            Assert.That(message, Does.Contain(part), target.ToString());
        }
    }

    private double[] Explained(Target target) => Explained(target, _logits);

    /// <summary>The explained output in slices of two; the gradient is the weight of each entry.</summary>
    private static double[] Explained(Target target, Tensor output)
    {
        using var model = Of(x => x * 1);
        var input = output.dim() == 1 ? output.unsqueeze(1) : output;
        using var result = new Gradient { ChunkSize = 2 }.Attribute(
            model,
            x => output.dim() == 1 ? model.call(x).squeeze(1) : model.call(x),
            input,
            target
        );
        var weighted = (result.Relevance * input).reshape(input.shape[0], -1).sum(1);
        Assert.That(Values(weighted), Is.EqualTo(result.Explained).Within(1e-12));
        return [.. result.Explained];
    }
}
