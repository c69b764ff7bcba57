using Lrp.Analysis.Probes;
using Lrp.Analysis.Ranking;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Analysis;

/// <summary>Data that nothing, or nothing sensible, can be learned from: a clear error or a right answer.</summary>
[TestFixture]
public sealed class DegenerateProbeTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Open() => _scope = NewDisposeScope();

    [TearDown]
    public void Close() => _scope.Dispose();

    private static string Fault(Tensor x, Tensor y, ProbeOptions? options = null) =>
        Assert.Throws<ArgumentException>(() => LinearProbe.Train(x, y, options))!.Message;

    [Test]
    public void OneClassOnly() =>
        Assert.That(
            Fault(randn(4, 2), tensor(new long[] { 1, 1, 1, 1 })),
            Does.Contain("of class 1").And.Contain("two classes")
        );

    [Test]
    public void ActivationsWithNaNNameTheFirst()
    {
        var x = zeros(4, 3);
        x[2, 1] = float.NaN;
        Assert.That(Fault(x, tensor(new long[] { 0, 1, 0, 1 })), Does.Contain("row 2, neuron 1"));
    }

    [Test]
    public void LabelsOutOfRange()
    {
        Assert.That(
            Fault(randn(2, 2), tensor(new long[] { 0, 3 }), new ProbeOptions { Classes = 2 }),
            Does.Contain("from 0 to 3").And.Contain("0 to 1")
        );
        Assert.That(Fault(randn(2, 2), tensor(new long[] { -1, 1 })), Does.Contain("from -1 to 1"));
    }

    [Test]
    public void LabelsThatAreNoClasses() =>
        Assert.That(Fault(randn(2, 2), tensor(new[] { 0.5f, 1 })), Does.Contain("Float32").And.Contain("Regression"));

    [Test]
    public void NoRows() =>
        Assert.That(Fault(zeros(0, 3), zeros(0, dtype: ScalarType.Int64)), Does.Contain("nothing to learn"));

    [Test]
    public void AnotherNumberOfLabels() =>
        Assert.That(Fault(randn(3, 2), tensor(new long[] { 0, 1 })), Does.Contain("3 for these"));

    [Test]
    public void APenaltyThatTheExactSolverLacks() =>
        Assert.That(
            Fault(randn(2, 2), tensor(new long[] { 0, 1 }), new ProbeOptions { Solver = ProbeSolver.Exact, L1 = 1 }),
            Does.Contain("Adam")
        );

    [TestCase(ProbeSolver.Adam)]
    [TestCase(ProbeSolver.Exact)]
    public void ConstantNeuronsAreHarmless(ProbeSolver solver)
    {
        var (x, y) = Clusters.Make(apart: 6);
        x.narrow(1, 5, 2).fill_(1000);
        using var probe = LinearProbe.Train(
            x,
            y,
            new ProbeOptions
            {
                Solver = solver,
                LearningRate = 0.05,
                Epochs = 50,
            }
        );
        Assert.That(probe.Weight.isfinite().all().ToBoolean());
        Assert.That(probe.Evaluate(x, y).Overall!.Accuracy, Is.GreaterThan(0.9));
    }

    [Test]
    public void AConstantNeuronGetsNoWeightFromTheExactSolver()
    {
        var (x, y) = Clusters.Make();
        x.narrow(1, 5, 1).fill_(0.1f);
        using var probe = LinearProbe.Train(x, y);
        Assert.That(probe.Weight.select(1, 5).abs().max().ToDouble(), Is.Zero);
    }

    [Test]
    public void NeuronsThatAreAllConstantLeaveTheClassFrequencies()
    {
        using var probe = LinearProbe.Train(
            ones(4, 2),
            tensor(new long[] { 0, 1, 1, 1 }),
            new ProbeOptions { Tolerance = 1e-9 }
        );
        Assert.That(probe.Weight.abs().max().ToDouble(), Is.Zero);
        Assert.That(probe.Bias.softmax(0)[1].ToDouble(), Is.EqualTo(0.75).Within(1e-6));
    }

    [Test]
    public void MoreNeuronsThanRowsAreLearnedByHeart()
    {
        manual_seed(0);
        var x = randn(10, 40);
        using var classes = LinearProbe.Train(x, arange(10, dtype: ScalarType.Int64).remainder(2));
        Assert.That(
            classes.Evaluate(x, arange(10, dtype: ScalarType.Int64).remainder(2)).Overall!.Accuracy,
            Is.EqualTo(1)
        );
        var y = randn(10);
        using var numbers = LinearProbe.Train(x, y, new ProbeOptions { Task = ProbeTask.Regression });
        Assert.That(numbers.Evaluate(x, y).Regression!.R2, Is.EqualTo(1).Within(1e-6));
    }

    [Test]
    public void AClassWithoutRowsIsNeverPredictedAndBreaksNothing()
    {
        var (x, y) = Clusters.Make(classes: 2, apart: 6);
        using var probe = LinearProbe.Train(x, y * 2);
        var evaluation = probe.Evaluate(x, y * 2);
        Assert.That(evaluation.Overall!.Accuracy, Is.GreaterThan(0.99));
        Assert.That(evaluation.PerClass["1"].Count, Is.Zero);
        Assert.That(evaluation.PerClass["1"].Accuracy, Is.NaN);
    }

    [Test]
    public void ConstantNumbersHaveNoCorrelationButArePredicted()
    {
        var x = randn(5, 2);
        var y = full([5], 3.0f);
        using var probe = LinearProbe.Train(x, y, new ProbeOptions { Task = ProbeTask.Regression });
        var scores = probe.Evaluate(x, y).Regression!;
        Assert.That(scores.MeanSquaredError, Is.LessThan(1e-10));
        Assert.That(scores.R2, Is.NaN);
    }

    [Test]
    public void AGaussianOfOneRow() =>
        Assert.That(
            Assert
                .Throws<ArgumentException>(() => new GaussianProbe(randn(3, 2), tensor(new long[] { 0, 0, 1 })))!
                .Message,
            Does.Contain("Class 1 has 1 rows")
        );

    [Test]
    public void NeuronsThatDoNotExist() =>
        Assert.That(
            Assert.Throws<ArgumentOutOfRangeException>(() => Ablate.Keep(randn(3, 2), [2]))!.Message,
            Does.Contain("neurons 0 to 1")
        );
}
