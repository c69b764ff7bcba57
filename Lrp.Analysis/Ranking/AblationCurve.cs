using Lrp.Analysis.Probes;
using Lrp.Pictures;
using static TorchSharp.torch;

namespace Lrp.Analysis.Ranking;

/// <summary>The accuracy as a function of the number of neurons kept.</summary>
/// <param name="Points">
/// The numbers of neurons kept, ascending, and the accuracy with them (for a regression, R²).
/// </param>
public sealed record AblationCurve(IReadOnlyList<(long Neurons, double Score)> Points)
{
    /// <summary>
    /// Computes a curve with a probe that was trained on all neurons, for more and more of the first neurons of an
    /// ordering.
    /// </summary>
    /// <param name="probe">The probe.</param>
    /// <param name="activations">(rows, neurons), from a test set.</param>
    /// <param name="labels">(rows).</param>
    /// <param name="ordering">The neurons, most important first.</param>
    /// <param name="counts">How many neurons to keep; null for all powers of two and for all neurons.</param>
    public static AblationCurve OfProbe(
        LinearProbe probe,
        Tensor activations,
        Tensor labels,
        IReadOnlyList<long> ordering,
        IReadOnlyList<int>? counts = null
    )
    {
        ArgumentNullException.ThrowIfNull(probe);
        ArgumentNullException.ThrowIfNull(ordering);
        return new AblationCurve([
            .. Counts(ordering, counts)
                .Select(count =>
                {
                    using var scope = NewDisposeScope();
                    return (
                        (long)count,
                        Score(probe.Evaluate(Ablate.ZeroAllBut(activations, [.. ordering.Take(count)]), labels))
                    );
                }),
        ]);
    }

    /// <summary>Computes a curve with a new probe for each number of the first neurons of an ordering.</summary>
    /// <param name="training">Activations and labels to train on.</param>
    /// <param name="test">Activations and labels to evaluate on.</param>
    /// <param name="ordering">The neurons, most important first.</param>
    /// <param name="options">Options of the training.</param>
    /// <param name="counts">How many neurons to keep; null for all powers of two and for all neurons.</param>
    public static AblationCurve Retrained(
        (Tensor Activations, Tensor Labels) training,
        (Tensor Activations, Tensor Labels) test,
        IReadOnlyList<long> ordering,
        ProbeOptions? options = null,
        IReadOnlyList<int>? counts = null
    )
    {
        ArgumentNullException.ThrowIfNull(ordering);
        return new AblationCurve([
            .. Counts(ordering, counts)
                .Select(count =>
                {
                    using var scope = NewDisposeScope();
                    long[] kept = [.. ordering.Take(count)];
                    using var probe = LinearProbe.Train(
                        Ablate.Keep(training.Activations, kept),
                        training.Labels,
                        options
                    );
                    return ((long)count, Score(probe.Evaluate(Ablate.Keep(test.Activations, kept), test.Labels)));
                }),
        ]);
    }

    /// <summary>Creates a chart of several curves for a report.</summary>
    /// <param name="title">The chart's heading.</param>
    /// <param name="curves">The names and the curves.</param>
    public static ReportChart Chart(string title, params IReadOnlyList<(string Name, AblationCurve Curve)> curves) =>
        new(
            title,
            "neurons kept",
            "accuracy",
            [
                .. curves.Select(entry =>
                    (
                        entry.Name,
                        (IReadOnlyList<(double X, double Y)>)
                            [.. entry.Curve.Points.Select(point => ((double)point.Neurons, point.Score))]
                    )
                ),
            ]
        );

    private static double Score(ProbeEvaluation evaluation) =>
        evaluation.Overall?.Accuracy ?? evaluation.Regression!.R2;

    private static int[] Counts(IReadOnlyList<long> ordering, IReadOnlyList<int>? counts)
    {
        if (ordering.Count == 0)
        {
            throw new ArgumentException("The ordering is empty.");
        }

        if (counts is null)
        {
            var powers = new List<int>();
            for (var count = 1; count < ordering.Count; count *= 2)
            {
                powers.Add(count);
            }

            return [.. powers, ordering.Count];
        }

        return counts.All(count => count >= 1 && count <= ordering.Count)
            ? [.. counts.Order()]
            : throw new ArgumentException(
                $"The numbers of neurons to keep must be from 1 to {ordering.Count}, the ordering's length; they are "
                    + $"{string.Join(", ", counts)}."
            );
    }
}
