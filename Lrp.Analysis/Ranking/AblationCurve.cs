using Lrp.Analysis.Probes;
using Lrp.Pictures;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Analysis.Ranking;

/// <summary>Accuracy against the number of neurons kept.</summary>
/// <param name="Points">Neurons kept and the accuracy (of a regression R²) with them, in ascending order.</param>
public sealed record AblationCurve(IReadOnlyList<(long Neurons, double Score)> Points)
{
    /// <summary>Keeps the first neurons of an ordering, more and more of them, with a probe that was trained on all.</summary>
    /// <param name="probe">The probe.</param>
    /// <param name="activations">(rows, neurons), of a test set.</param>
    /// <param name="labels">(rows).</param>
    /// <param name="ordering">Neurons, the most important first.</param>
    /// <param name="counts">How many to keep; null for powers of two and all.</param>
    public static AblationCurve OfProbe(LinearProbe probe, Tensor activations, Tensor labels, IReadOnlyList<long> ordering, IReadOnlyList<int>? counts = null)
    {
        ArgumentNullException.ThrowIfNull(probe);
        ArgumentNullException.ThrowIfNull(ordering);
        return new AblationCurve([.. Counts(ordering, counts).Select(count =>
        {
            using var scope = NewDisposeScope();
            return ((long)count, Score(probe.Evaluate(Ablate.ZeroAllBut(activations, [.. ordering.Take(count)]), labels)));
        })]);
    }

    /// <summary>Trains a new probe on the first neurons of an ordering, more and more of them.</summary>
    /// <param name="training">Activations and labels to train on.</param>
    /// <param name="test">Activations and labels to evaluate on.</param>
    /// <param name="ordering">Neurons, the most important first.</param>
    /// <param name="options">How to train.</param>
    /// <param name="counts">How many to keep; null for powers of two and all.</param>
    public static AblationCurve Retrained(
        (Tensor Activations, Tensor Labels) training,
        (Tensor Activations, Tensor Labels) test,
        IReadOnlyList<long> ordering,
        ProbeOptions? options = null,
        IReadOnlyList<int>? counts = null)
    {
        ArgumentNullException.ThrowIfNull(ordering);
        return new AblationCurve([.. Counts(ordering, counts).Select(count =>
        {
            using var scope = NewDisposeScope();
            long[] kept = [.. ordering.Take(count)];
            using LinearProbe probe = LinearProbe.Train(Ablate.Keep(training.Activations, kept), training.Labels, options);
            return ((long)count, Score(probe.Evaluate(Ablate.Keep(test.Activations, kept), test.Labels)));
        })]);
    }

    /// <summary>Several curves as a chart for a report.</summary>
    /// <param name="title">The chart's heading.</param>
    /// <param name="curves">Names and curves.</param>
    public static ReportChart Chart(string title, params IReadOnlyList<(string Name, AblationCurve Curve)> curves) => new(
        title,
        "neurons kept",
        "accuracy",
        [.. curves.Select(entry => (entry.Name, (IReadOnlyList<(double X, double Y)>)[.. entry.Curve.Points.Select(point => ((double)point.Neurons, point.Score))]))]);

    private static double Score(ProbeEvaluation evaluation) => evaluation.Overall?.Accuracy ?? evaluation.Regression!.R2;

    private static int[] Counts(IReadOnlyList<long> ordering, IReadOnlyList<int>? counts)
    {
        if (ordering.Count == 0)
        {
            throw new ArgumentException("The ordering is empty.");
        }

        if (counts is null)
        {
            var powers = new List<int>();
            for (int count = 1; count < ordering.Count; count *= 2)
            {
                powers.Add(count);
            }

            return [.. powers, ordering.Count];
        }

        return counts.All(count => count >= 1 && count <= ordering.Count)
            ? [.. counts.Order()]
            : throw new ArgumentException($"Neurons to keep are from 1 to the {ordering.Count} of the ordering; asked for are {string.Join(", ", counts)}.");
    }
}
