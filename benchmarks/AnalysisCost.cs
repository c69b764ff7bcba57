using System.Diagnostics;
using Lrp.Analysis.Information;
using Lrp.Analysis.Probes;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Benchmarks;

/// <summary>What a probe costs to train with both solvers, and a step of the information loss with more and more noise samples.</summary>
internal static class AnalysisCost
{
    private const long Rows = 20_000;
    private const long Neurons = 768;
    private const long Classes = 10;
    private const long Words = 32;
    private const long Width = 128;
    private const int Steps = 50;

    public static void Run(Report report)
    {
        Probes(report);
        Information(report);
    }

    private static void Probes(Report report)
    {
        using var scope = NewDisposeScope();
        manual_seed(0);
        Tensor centers = randn(Classes, Neurons) * 0.08;
        (Tensor x, Tensor y) = Sample(centers);
        (Tensor test, Tensor expected) = Sample(centers);
        foreach ((string name, ProbeOptions options) in new (string, ProbeOptions)[]
        {
            ("Adam, 10 epochs of 32", new ProbeOptions { Solver = ProbeSolver.Adam }),
            ("Adam, 10 epochs of 256", new ProbeOptions { Solver = ProbeSolver.Adam, BatchSize = 256, LearningRate = 0.004 }),
            ("L-BFGS", new ProbeOptions { Solver = ProbeSolver.Exact }),
            ("L-BFGS, L2 0.01", new ProbeOptions { Solver = ProbeSolver.Exact, L2 = 0.01 }),
        })
        {
            string row = $"probe 20,000 x 768, 10 classes: {name}";
            var watch = Stopwatch.StartNew();
            using LinearProbe probe = LinearProbe.Train(x, y, options);
            report.Add(row, "time", watch.Elapsed.TotalSeconds, "s");
            report.Add(row, "accuracy, training", probe.Evaluate(x, y).Overall!.Accuracy, "");
            report.Add(row, "accuracy, test", probe.Evaluate(test, expected).Overall!.Accuracy, "");
        }
    }

    private static (Tensor Activations, Tensor Labels) Sample(Tensor centers)
    {
        using var scope = NewDisposeScope();
        Tensor labels = randint(Classes, [Rows], dtype: ScalarType.Int64);
        Tensor x = centers.index_select(0, labels) + randn(Rows, Neurons);
        return (x.MoveToOuterDisposeScope(), labels.MoveToOuterDisposeScope());
    }

    private static void Information(Report report)
    {
        using var scope = NewDisposeScope();
        manual_seed(0);
        using var layer = nn.TransformerEncoderLayer(Width, 4, 256, 0);
        layer.eval();
        foreach (var parameter in layer.parameters())
        {
            parameter.requires_grad = false;
        }

        HiddenState state = HiddenState.OfBatch(x => layer.forward(x.transpose(0, 1)).transpose(0, 1));
        Tensor sentence = randn(Words, Width);
        foreach (int samples in new[] { 1, 8, 32 })
        {
            var options = new InformationOptions { NoiseSamples = samples, Iterations = Steps };
            using var information = new SentenceInformation(sentence, state, options: options);
            information.Optimize();
            var watch = Stopwatch.StartNew();
            information.Optimize();
            report.Add($"information, 32 words x 128, {samples} noise samples", "time a step", watch.Elapsed.TotalMilliseconds / Steps, "ms");
        }
    }
}
