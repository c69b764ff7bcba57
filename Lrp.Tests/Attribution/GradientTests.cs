using Lrp.Attribution;
using Lrp.Attribution.Gradients;
using TorchSharp;
using TorchSharp.Modules;
using static Lrp.Tests.Attribution.Models;
using static TorchSharp.torch;
using Gradient = Lrp.Attribution.Gradients.Gradient;

namespace Lrp.Tests.Attribution;

/// <summary>The gradient, and which output it is of.</summary>
[TestFixture]
public sealed class GradientTests
{
    private static readonly double[,] Weights =
    {
        { 1, 2, 3 },
        { -4, 5, 6 },
    };

    private DisposeScope _scope = null!;
    private Linear _model = null!;
    private Tensor _input = null!;

    [SetUp]
    public void Begin()
    {
        _scope = NewDisposeScope();
        _model = Linear(Weights);
        _input = Inputs([1, 0, 0], [0, 1, 1]);
    }

    [TearDown]
    public void End()
    {
        _input.Dispose();
        _model.Dispose();
        _scope.Dispose();
    }

    [Test]
    public void ThePredictedClassIsExplainedUnlessTold() =>
        Assert.That(Explain(null), Is.EqualTo(new double[] { 1, 2, 3, -4, 5, 6 }));

    [Test]
    public void AModelWhoseOutputDependsOnItsParametersAloneIsRefused()
    {
        using var layer = nn.Linear(3, 2, dtype: ScalarType.Float64);
        using var model = new Detached(layer);
        Assert.That(
            () => new Gradient().Attribute(model, _input),
            Throws.InvalidOperationException.With.Message.Contains("does not depend on its input")
        );
    }

    [Test]
    public void AClassCanBeNamedForAllSamples() =>
        Assert.That(Explain(1), Is.EqualTo(new double[] { -4, 5, 6, -4, 5, 6 }));

    [Test]
    public void AClassCanBeNamedForEachSample() =>
        Assert.That(Explain(Target.Classes(1, 0)), Is.EqualTo(new double[] { -4, 5, 6, 1, 2, 3 }));

    [Test]
    public void ClassesMayComeAsATensor() =>
        Assert.That(
            Explain(Target.Classes(tensor(new long[] { 1, 0 }))),
            Is.EqualTo(new double[] { -4, 5, 6, 1, 2, 3 })
        );

    [TestCase(ScalarType.Float32)]
    [TestCase(ScalarType.Float64)]
    [TestCase(ScalarType.Bool)]
    public void ClassesThatAreNoIntegersAreRefused(ScalarType dtype)
    {
        using var classes = tensor(new[] { 0.5, 1 }).to(dtype);
        Assert.That(
            () => Target.Classes(classes),
            Throws.ArgumentException.With.Message.Contains(dtype.ToString()).And.Message.Contains("argmax")
        );
    }

    [Test]
    public void OneClassCanBeHeldAgainstAnother() =>
        Assert.That(Explain(Target.Difference(1, 0)), Is.EqualTo(new double[] { -5, 3, 3, -5, 3, 3 }));

    [Test]
    public void AnyWeightedSumOfOutputsCanBeExplained() =>
        Assert.That(
            Explain(Target.Weights(tensor(new double[] { 1, 10 }))),
            Is.EqualTo(new double[] { -39, 52, 63, -39, 52, 63 })
        );

    [Test]
    public void TheExplainedOutputsAndTheSumsOfRelevanceAreTold()
    {
        using var attribution = new InputXGradient().Attribute(_model, _input);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(attribution.Explained, Is.EqualTo(new double[] { 1, 11 }));
            Assert.That(attribution.Sums, Is.EqualTo(new double[] { 1, 11 }));
            Assert.That(attribution.Conservation, Is.EqualTo(1));
            Assert.That(attribution.CompletenessErrors, Is.Null);
        }
    }

    [Test]
    public void ABatchInSlicesGivesWhatItGivesWhole()
    {
        using var many = randn([7, 3], dtype: ScalarType.Float64);
        var target = Target.Classes(0, 1, 1, 0, 1, 0, 1);
        using var whole = new InputXGradient { ChunkSize = 100 }.Attribute(_model, many, target);
        using var slices = new InputXGradient { ChunkSize = 2 }.Attribute(_model, many, target);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Values(slices.Relevance), Is.EqualTo(Values(whole.Relevance)));
            Assert.That(slices.Explained, Is.EqualTo(whole.Explained));
        }
    }

    [Test]
    public void AClassThatTheModelLacksIsAnsweredWithThoseItHas() =>
        Assert.That(
            () => Explain(2),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("classes 0 to 1")
        );

    [Test]
    public void TooFewClassesAreCounted() =>
        Assert.That(
            () => Explain(Target.Classes(1)),
            Throws.ArgumentException.With.Message.Contains("list of classes is for 1 samples")
        );

    [Test]
    public void WeightsOfAnotherShapeAreRefusedWithBothShapes() =>
        Assert.That(
            () => Explain(Target.Weights(ones(3))),
            Throws.ArgumentException.With.Message.Contains("[3]").And.Message.Contains("[2, 2]")
        );

    [Test]
    public void ASampleWithoutAGradientGetsZeroAndItsNeighbourItsOwn()
    {
        using var dead = nn.Sequential(
            Linear(
                new double[,]
                {
                    { 1, 0, 0 },
                }
            ),
            nn.ReLU()
        );
        using var attribution = new Gradient().Attribute(dead, Inputs([-1, 5, 5], [1, 5, 5]), 0);
        Assert.That(Values(attribution.Relevance), Is.EqualTo(new double[] { 0, 0, 0, 1, 0, 0 }));
    }

    [Test]
    public void NeitherTheInputNorTheModelIsChanged()
    {
        var before = Values(_input);
        Explain(null);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Values(_input), Is.EqualTo(before));
            Assert.That(_input.requires_grad, Is.False);
            Assert.That(_model.weight.grad, Is.Null);
        }
    }

    [Test]
    public void ItWorksWhereGradientsAreSwitchedOff()
    {
        using (no_grad())
        {
            Assert.That(Explain(0), Is.EqualTo(new double[] { 1, 2, 3, 1, 2, 3 }));
        }
    }

    private double[] Explain(Target? target)
    {
        using var attribution = new Gradient().Attribute(_model, _input, target);
        return Values(attribution.Relevance);
    }

    private sealed class Detached(nn.Module<Tensor, Tensor> inner) : nn.Module<Tensor, Tensor>(nameof(Detached))
    {
        public override Tensor forward(Tensor input) => inner.call(input.detach());
    }
}
