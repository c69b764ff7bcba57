using System.Globalization;
using Lrp.Analysis.Probes;
using static TorchSharp.torch;

namespace Lrp.Benchmarks.Cases;

/// <summary>
/// The cost of training a linear probe of 768 neurons on 20,000 rows of 10 classes, with each solver.
/// </summary>
internal sealed class ProbeCost : ISubject
{
    /// <summary>The baseline.</summary>
    public const string Plain = "Adam, 10 epochs of 32";

    private const long Rows = 20_000;
    private const long Neurons = 768;
    private const long Classes = 10;

    private readonly (Tensor Activations, Tensor Labels) _training;
    private readonly (Tensor Activations, Tensor Labels) _test;

    public ProbeCost()
    {
        manual_seed(0);
        using var centers = randn(Classes, Neurons) * 0.08;
        _training = Sample(centers);
        _test = Sample(centers);
    }

    /// <summary>The solvers by name.</summary>
    public static IReadOnlyDictionary<string, ProbeOptions> Solvers { get; } =
        new Dictionary<string, ProbeOptions>
        {
            [Plain] = new() { Solver = ProbeSolver.Adam },
            ["Adam, 10 epochs of 256"] = new()
            {
                Solver = ProbeSolver.Adam,
                BatchSize = 256,
                LearningRate = 0.004,
            },
            ["L-BFGS"] = new() { Solver = ProbeSolver.Exact },
            ["L-BFGS, L2 0.01"] = new() { Solver = ProbeSolver.Exact, L2 = 0.01 },
        };

    public Visit Open(string name) => new(() => Train(name).Dispose());

    public string? Note(string name)
    {
        using var probe = Train(name);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"accuracy {Accuracy(probe, _training):F3} training, {Accuracy(probe, _test):F3} test"
        );
    }

    public void Dispose()
    {
        foreach (var (activations, labels) in new[] { _training, _test })
        {
            activations.Dispose();
            labels.Dispose();
        }
    }

    private static double Accuracy(LinearProbe probe, (Tensor Activations, Tensor Labels) data) =>
        probe.Evaluate(data.Activations, data.Labels).Overall!.Accuracy;

    private static (Tensor Activations, Tensor Labels) Sample(Tensor centers)
    {
        using var scope = NewDisposeScope();
        var labels = randint(Classes, [Rows], dtype: ScalarType.Int64);
        var activations = centers.index_select(0, labels) + randn(Rows, Neurons);
        return (activations.MoveToOuterDisposeScope(), labels.MoveToOuterDisposeScope());
    }

    private LinearProbe Train(string name) => LinearProbe.Train(_training.Activations, _training.Labels, Solvers[name]);
}
