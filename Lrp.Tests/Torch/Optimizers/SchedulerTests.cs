using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace Lrp.Tests.Torch.Optimizers;

/// <summary>Learning rates, from an initial one of 1.</summary>
public sealed class SchedulerTests
{
    private Parameter _parameter = null!;
    private SGD _optimizer = null!;

    private double Rate => _optimizer.ParamGroups.Single().LearningRate;

    [SetUp]
    public void Make()
    {
        _parameter = nn.Parameter(ones(1));
        _optimizer = SGD([_parameter], 1);
    }

    [TearDown]
    public void Dispose()
    {
        _optimizer.Dispose();
        _parameter.Dispose();
    }

    [Test]
    public void StepLR() =>
        AssertRates(lr_scheduler.StepLR(_optimizer, 3, 0.5), 1, 1, 1, 0.5, 0.5, 0.5, 0.25);

    [Test]
    public void MultiStepLR() =>
        AssertRates(lr_scheduler.MultiStepLR(_optimizer, [1, 4], 0.5), 1, 0.5, 0.5, 0.5, 0.25);

    [Test]
    public void ExponentialLR() =>
        AssertRates(lr_scheduler.ExponentialLR(_optimizer, 0.5), 1, 0.5, 0.25, 0.125);

    [Test]
    public void ConstantLR() =>
        AssertRates(lr_scheduler.ConstantLR(_optimizer, 0.5, 2), 0.5, 0.5, 1, 1);

    [Test]
    public void LinearLR() =>
        AssertRates(lr_scheduler.LinearLR(_optimizer, 0.2, 1, 4), 0.2, 0.4, 0.6, 0.8, 1, 1);

    [Test]
    public void PolynomialLR() =>
        AssertRates(lr_scheduler.PolynomialLR(_optimizer, 4, 2), 1, 9 / 16.0, 4 / 16.0, 1 / 16.0, 0, 0);

    [Test]
    public void CosineAnnealingLR()
    {
        var expected = Enumerable.Range(0, 21).Select(t => 0.1 + (0.9 * (1 + Math.Cos(Math.PI * t / 8)) / 2)).ToArray();
        AssertRates(lr_scheduler.CosineAnnealingLR(_optimizer, 8, 0.1), expected);
    }

    [Test]
    public void LambdaLR() =>
        AssertRates(lr_scheduler.LambdaLR(_optimizer, t => 1.0 / (t + 1)), 1, 0.5, 1 / 3.0, 0.25);

    [Test]
    public void MultiplicativeLR() =>
        AssertRates(lr_scheduler.MultiplicativeLR(_optimizer, t => t), 1, 1, 2, 6, 24);

    [Test]
    public void ChainedLR()
    {
        var chained = lr_scheduler.ChainedLR([lr_scheduler.ExponentialLR(_optimizer, 0.5), lr_scheduler.StepLR(_optimizer, 2, 0.1)]);
        AssertRates(chained, 1, 0.5, 0.025, 0.0125);
    }

    [Test]
    public void SequentialLR()
    {
        var schedulers = new[] { lr_scheduler.ConstantLR(_optimizer, 0.1, 2), lr_scheduler.ExponentialLR(_optimizer, 0.9) };
        AssertRates(lr_scheduler.SequentialLR(_optimizer, schedulers, [2]), 0.1, 0.1, 1, 0.9, 0.81);
        Assert.That(() => lr_scheduler.SequentialLR(_optimizer, schedulers, [1, 2]), Throws.ArgumentException);
    }

    [Test]
    public void AStepMayBeNamed()
    {
        foreach (var scheduler in new[] { lr_scheduler.StepLR(_optimizer, 3, 0.5), lr_scheduler.ExponentialLR(_optimizer, 0.5) })
        {
            scheduler.step(6);
        }

        Assert.That(Rate, Is.EqualTo(Math.Pow(0.5, 6)));
    }

    [Test]
    public void ReduceLROnPlateau()
    {
        var scheduler = lr_scheduler.ReduceLROnPlateau(_optimizer, patience: 1, cooldown: 1, min_lr: [0.05]);
        double[] losses = [5, 4, 4, 4, 4, 4, 4, 4, 4, 4];
        double[] rates = [1, 1, 1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05];
        for (var i = 0; i < losses.Length; i++)
        {
            scheduler.step(losses[i]);
            Assert.That(Rate, Is.EqualTo(rates[i]).Within(1e-12), $"step {i}");
        }

        Assert.That(() => scheduler.step(), Throws.InvalidOperationException);
    }

    private void AssertRates(lr_scheduler.LRScheduler scheduler, params double[] rates)
    {
        for (var i = 0; i < rates.Length; i++)
        {
            Assert.That(Rate, Is.EqualTo(rates[i]).Within(1e-12), $"step {i}");
            scheduler.step();
        }
    }
}
