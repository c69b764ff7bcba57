using Lrp.Analysis.Probes;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Analysis;

[TestFixture]
public sealed class LinearProbeTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Open() => _scope = NewDisposeScope();

    [TearDown]
    public void Close() => _scope.Dispose();

    [TestCase(ProbeSolver.Adam)]
    [TestCase(ProbeSolver.Exact)]
    public void BothSolversTellSeparateClustersApart(ProbeSolver solver)
    {
        var (x, y) = Clusters.Make(apart: 6);
        using var probe = LinearProbe.Train(
            x,
            y,
            new ProbeOptions
            {
                Solver = solver,
                LearningRate = 0.05,
                Epochs = 20,
            }
        );
        Assert.That(probe.Evaluate(x, y).Overall!.Accuracy, Is.GreaterThan(0.99));
    }

    [Test]
    public void TheSameSeedGivesTheSameProbe()
    {
        var (x, y) = Clusters.Make();
        var options = new ProbeOptions { Solver = ProbeSolver.Adam, Seed = 7 };
        using var one = LinearProbe.Train(x, y, options);
        using var other = LinearProbe.Train(x, y, options);
        using var third = LinearProbe.Train(x, y, options with { Seed = 8 });
        Assert.That(one.Weight.eq(other.Weight).all().ToBoolean());
        Assert.That(one.Weight.eq(third.Weight).all().ToBoolean(), Is.False);
    }

    [Test]
    public void ExactLogisticRegressionEndsWhereTheGradientVanishes()
    {
        var (x, y) = Clusters.Make(apart: 1, type: ScalarType.Float64);
        const double L2 = 0.01;
        using var probe = LinearProbe.Train(x, y, new ProbeOptions { L2 = L2, Tolerance = 1e-9 });
        var weight = probe.Weight.clone().requires_grad_();
        var bias = probe.Bias.clone().requires_grad_();
        (
            nn.functional.cross_entropy(nn.functional.linear(x, weight, bias), y) + (weight.square().sum() * L2)
        ).backward();
        Assert.That(weight.grad!.abs().max().ToDouble(), Is.LessThan(1e-7));
        Assert.That(bias.grad!.abs().max().ToDouble(), Is.LessThan(1e-7));
    }

    [Test]
    public void NeuronsThatSayNearlyTheSameDoNotKeepExactRegressionFromItsOptimum()
    {
        manual_seed(0);
        var hidden = randn(2000, 64, dtype: ScalarType.Float64);
        var x = (hidden * arange(1, 65, dtype: ScalarType.Float64).pow(-2)).mm(
            randn(64, 64, dtype: ScalarType.Float64)
        );
        var y = (hidden.select(1, 3) + (hidden.select(1, 10) * 0.5) + randn(2000, dtype: ScalarType.Float64))
            .gt(0)
            .to(ScalarType.Int64);
        const double L2 = 1e-5;
        using var probe = LinearProbe.Train(x, y, new ProbeOptions { L2 = L2, Tolerance = 1e-7 });
        var weight = probe.Weight.clone().requires_grad_();
        var bias = probe.Bias.clone().requires_grad_();
        (
            nn.functional.cross_entropy(nn.functional.linear(x, weight, bias), y) + (weight.square().sum() * L2)
        ).backward();
        Assert.That(weight.grad!.abs().max().ToDouble(), Is.LessThan(1e-5));
        Assert.That(bias.grad!.abs().max().ToDouble(), Is.LessThan(1e-5));
    }

    [TestCase(50, 6)]
    [TestCase(6, 50)]
    public void RidgeRegressionEndsWhereTheGradientVanishes(long rows, long neurons)
    {
        manual_seed(0);
        var x = randn(rows, neurons, dtype: ScalarType.Float64);
        var y = randn(rows, dtype: ScalarType.Float64);
        const double L2 = 0.1;
        using var probe = LinearProbe.Train(x, y, new ProbeOptions { Task = ProbeTask.Regression, L2 = L2 });
        var weight = probe.Weight.clone().requires_grad_();
        var bias = probe.Bias.clone().requires_grad_();
        (
            nn.functional.mse_loss(nn.functional.linear(x, weight, bias).squeeze(1), y) + (weight.square().sum() * L2)
        ).backward();
        Assert.That(weight.grad!.abs().max().ToDouble(), Is.LessThan(1e-12));
        Assert.That(bias.grad!.abs().max().ToDouble(), Is.LessThan(1e-12));
    }

    [Test]
    public void ARegressionFindsTheLine()
    {
        manual_seed(0);
        var x = randn(200, 3);
        var y = (x.select(1, 0) * 2) - x.select(1, 2) + 0.5;
        using var exact = LinearProbe.Train(x, y, new ProbeOptions { Task = ProbeTask.Regression });
        Assert.That(
            exact.Weight.allclose(
                tensor(
                    new float[,]
                    {
                        { 2, 0, -1 },
                    }
                ),
                1e-4,
                1e-5
            )
        );
        Assert.That(exact.Bias.ToDouble(), Is.EqualTo(0.5).Within(1e-5));
        using var adam = LinearProbe.Train(
            x,
            y,
            new ProbeOptions
            {
                Task = ProbeTask.Regression,
                Solver = ProbeSolver.Adam,
                LearningRate = 0.05,
                Epochs = 40,
            }
        );
        Assert.That(adam.Evaluate(x, y).Regression!.R2, Is.GreaterThan(0.999));
    }

    [Test]
    public void AnL1PenaltySilencesNeuronsThatTellNothing()
    {
        var (x, y) = Clusters.Make();
        var options = new ProbeOptions
        {
            Solver = ProbeSolver.Adam,
            LearningRate = 0.01,
            Epochs = 60,
        };
        using var free = LinearProbe.Train(x, y, options);
        using var sparse = LinearProbe.Train(x, y, options with { L1 = 0.02 });
        double Noise(LinearProbe probe) => probe.Weight.narrow(1, 3, 9).abs().mean().ToDouble();
        Assert.That(Noise(sparse), Is.LessThan(Noise(free) / 4));
    }

    [Test]
    public void EarlyStoppingEndsBeforeTheLastEpoch()
    {
        var (x, y) = Clusters.Make(apart: 0);
        var seen = new List<ProbeProgress>();
        using var probe = LinearProbe.Train(
            x,
            y,
            new ProbeOptions
            {
                LearningRate = 0.1,
                Epochs = 200,
                Patience = 3,
            },
            new Collect<ProbeProgress>(seen)
        );
        Assert.That(seen, Has.Count.LessThan(200));
        Assert.That(seen[^1].ValidationLoss!.Value, Is.GreaterThan(seen.Min(entry => entry.ValidationLoss!.Value)));
    }

    [Test]
    public void PredictionsComeWithTheirTokens()
    {
        using var probe = new LinearProbe(
            tensor(
                new float[,]
                {
                    { 1 },
                    { -1 },
                }
            ),
            zeros(2),
            classNames: ["number", "word"]
        );
        var evaluation = probe.Evaluate(
            tensor(
                new float[,]
                {
                    { 2 },
                    { -2 },
                }
            ),
            tensor(new long[] { 0, 0 }),
            ["12", "twelve"]
        );
        Assert.That(
            evaluation.Predictions,
            Is.EqualTo(
                new ProbePrediction[] { new("12", "number", "number", true), new("twelve", "word", "number", false) }
            )
        );
        Assert.That(evaluation.PerClass["number"].Accuracy, Is.EqualTo(0.5));
    }

    [Test]
    public void AScoreThatRoundsToZeroHasNoSign()
    {
        using var probe = new LinearProbe(
            tensor(
                new float[,]
                {
                    { 1 },
                }
            ),
            zeros(1),
            ProbeTask.Regression
        );
        var evaluation = probe.Evaluate(
            tensor(
                new[,]
                {
                    { 0f },
                    { 0 },
                    { 1 },
                    { 1.00001f },
                }
            ),
            tensor(new float[] { 1, -1, 1, -1 })
        );
        Assert.That(evaluation.Regression!.Pearson, Is.Negative);
        Assert.That(evaluation.ToString(), Does.StartWith("4 rows: Pearson 0.0000, Spearman"));
    }

    [Test]
    public void AProbeSurvivesItsFile()
    {
        var path = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"probe-{Guid.NewGuid():N}.safetensors");
        using var probe = new LinearProbe(randn(2, 3), randn(2), classNames: ["a", "b"]);
        try
        {
            probe.Save(path);
            using var loaded = LinearProbe.Load(path);
            Assert.That(loaded.Weight.eq(probe.Weight).all().ToBoolean());
            Assert.That(loaded.ClassNames, Is.EqualTo(probe.ClassNames));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void HalfPrecisionActivationsTrainASinglePrecisionProbe()
    {
        var (x, y) = Clusters.Make();
        using var probe = LinearProbe.Train(x.to(ScalarType.Float16), y);
        Assert.That(probe.Weight.dtype, Is.EqualTo(ScalarType.Float32));
        Assert.That(probe.Evaluate(x.to(ScalarType.Float16), y).Overall!.Accuracy, Is.GreaterThan(0.8));
    }

    [Test]
    public void TrainingLeavesNoTensorsBehind()
    {
        var (x, y) = Clusters.Make();
        foreach (var solver in new[] { ProbeSolver.Adam, ProbeSolver.Exact })
        {
            using var warm = LinearProbe.Train(x, y, new ProbeOptions { Solver = solver });
            var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            LinearProbe.Train(x, y, new ProbeOptions { Solver = solver }).Dispose();
            Assert.That(DisposeScopeManager.Statistics.ThreadTotalLiveCount, Is.EqualTo(before), solver.ToString());
        }
    }
}

/// <summary>Progress, as it is reported.</summary>
internal sealed class Collect<T>(List<T> seen) : IProgress<T>
{
    public void Report(T value) => seen.Add(value);
}
