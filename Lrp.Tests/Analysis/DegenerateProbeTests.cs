using Lrp.Analysis.Probes;
using Lrp.Analysis.Ranking;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Analysis;

/// <summary>Data that nothing, or nothing sensible, can be learned from: a clear error or a right answer.</summary>
[TestFixture]
public sealed class DegenerateProbeTests
{
    private DisposeScope scope = null!;

    [SetUp]
    public void Open() => scope = NewDisposeScope();

    [TearDown]
    public void Close() => scope.Dispose();

    private static string Fault(Tensor x, Tensor y, ProbeOptions? options = null) =>
        Assert.Throws<ArgumentException>(() => LinearProbe.Train(x, y, options))!.Message;

    [Test]
    public void One_class_only() =>
        Assert.That(Fault(randn(4, 2), tensor(new long[] { 1, 1, 1, 1 })), Does.Contain("of class 1").And.Contain("two classes"));

    [Test]
    public void Activations_with_NaN_name_the_first()
    {
        Tensor x = zeros(4, 3);
        x[2, 1] = float.NaN;
        Assert.That(Fault(x, tensor(new long[] { 0, 1, 0, 1 })), Does.Contain("row 2, neuron 1"));
    }

    [Test]
    public void Labels_out_of_range()
    {
        Assert.That(Fault(randn(2, 2), tensor(new long[] { 0, 3 }), new ProbeOptions { Classes = 2 }), Does.Contain("from 0 to 3").And.Contain("0 to 1"));
        Assert.That(Fault(randn(2, 2), tensor(new long[] { -1, 1 })), Does.Contain("from -1 to 1"));
    }

    [Test]
    public void Labels_that_are_no_classes() =>
        Assert.That(Fault(randn(2, 2), tensor(new[] { 0.5f, 1 })), Does.Contain("Float32").And.Contain("Regression"));

    [Test]
    public void No_rows() => Assert.That(Fault(zeros(0, 3), zeros(0, dtype: ScalarType.Int64)), Does.Contain("nothing to learn"));

    [Test]
    public void Another_number_of_labels() => Assert.That(Fault(randn(3, 2), tensor(new long[] { 0, 1 })), Does.Contain("3 for these"));

    [Test]
    public void A_penalty_that_the_exact_solver_lacks() =>
        Assert.That(Fault(randn(2, 2), tensor(new long[] { 0, 1 }), new ProbeOptions { Solver = ProbeSolver.Exact, L1 = 1 }), Does.Contain("Adam"));

    [TestCase(ProbeSolver.Adam)]
    [TestCase(ProbeSolver.Exact)]
    public void Constant_neurons_are_harmless(ProbeSolver solver)
    {
        (Tensor x, Tensor y) = Clusters.Make(apart: 6);
        x.narrow(1, 5, 2).fill_(1000);
        using LinearProbe probe = LinearProbe.Train(x, y, new ProbeOptions { Solver = solver, LearningRate = 0.05, Epochs = 50 });
        Assert.That(probe.Weight.isfinite().all().ToBoolean());
        Assert.That(probe.Evaluate(x, y).Overall!.Accuracy, Is.GreaterThan(0.9));
    }

    [Test]
    public void A_constant_neuron_gets_no_weight_from_the_exact_solver()
    {
        (Tensor x, Tensor y) = Clusters.Make();
        x.narrow(1, 5, 1).fill_(0.1f);
        using LinearProbe probe = LinearProbe.Train(x, y);
        Assert.That(probe.Weight.select(1, 5).abs().max().ToDouble(), Is.Zero);
    }

    [Test]
    public void Neurons_that_are_all_constant_leave_the_class_frequencies()
    {
        using LinearProbe probe = LinearProbe.Train(ones(4, 2), tensor(new long[] { 0, 1, 1, 1 }), new ProbeOptions { Tolerance = 1e-9 });
        Assert.That(probe.Weight.abs().max().ToDouble(), Is.Zero);
        Assert.That(probe.Bias.softmax(0)[1].ToDouble(), Is.EqualTo(0.75).Within(1e-6));
    }

    [Test]
    public void More_neurons_than_rows_are_learned_by_heart()
    {
        manual_seed(0);
        Tensor x = randn(10, 40);
        using LinearProbe classes = LinearProbe.Train(x, arange(10, dtype: ScalarType.Int64).remainder(2));
        Assert.That(classes.Evaluate(x, arange(10, dtype: ScalarType.Int64).remainder(2)).Overall!.Accuracy, Is.EqualTo(1));
        Tensor y = randn(10);
        using LinearProbe numbers = LinearProbe.Train(x, y, new ProbeOptions { Task = ProbeTask.Regression });
        Assert.That(numbers.Evaluate(x, y).Regression!.R2, Is.EqualTo(1).Within(1e-6));
    }

    [Test]
    public void A_class_without_rows_is_never_predicted_and_breaks_nothing()
    {
        (Tensor x, Tensor y) = Clusters.Make(classes: 2, apart: 6);
        using LinearProbe probe = LinearProbe.Train(x, y * 2);
        ProbeEvaluation evaluation = probe.Evaluate(x, y * 2);
        Assert.That(evaluation.Overall!.Accuracy, Is.GreaterThan(0.99));
        Assert.That(evaluation.PerClass["1"].Count, Is.Zero);
        Assert.That(evaluation.PerClass["1"].Accuracy, Is.NaN);
    }

    [Test]
    public void Constant_numbers_have_no_correlation_but_are_predicted()
    {
        Tensor x = randn(5, 2);
        Tensor y = full([5], 3.0f);
        using LinearProbe probe = LinearProbe.Train(x, y, new ProbeOptions { Task = ProbeTask.Regression });
        RegressionScores scores = probe.Evaluate(x, y).Regression!;
        Assert.That(scores.MeanSquaredError, Is.LessThan(1e-10));
        Assert.That(scores.R2, Is.NaN);
    }

    [Test]
    public void A_Gaussian_of_one_row() =>
        Assert.That(
            Assert.Throws<ArgumentException>(() => new GaussianProbe(randn(3, 2), tensor(new long[] { 0, 0, 1 })))!.Message,
            Does.Contain("Class 1 has 1 rows"));

    [Test]
    public void Neurons_that_do_not_exist() =>
        Assert.That(
            Assert.Throws<ArgumentOutOfRangeException>(() => Ablate.Keep(randn(3, 2), [2]))!.Message,
            Does.Contain("neurons 0 to 1"));
}
