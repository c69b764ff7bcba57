using Lrp.Analysis.Probes;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Analysis.Ranking;

/// <summary>
/// Ranks neurons by the average precision with which each neuron's activation alone detects a concept: NeuroX's IoU
/// probe.
/// </summary>
/// <remarks>
/// Mu and Andreas, "Compositional explanations of neurons", NeurIPS 2020; the score is scikit-learn's average
/// precision.
/// </remarks>
public static class PrecisionRanking
{
    private const int ElementsAtOnce = 1 << 24;

    /// <summary>Ranks all neurons for one class against the others.</summary>
    /// <param name="activations">(rows, neurons); they are not changed.</param>
    /// <param name="labels">(rows), class numbers from 0.</param>
    /// <param name="label">The class that stands for the concept.</param>
    /// <param name="threshold">Activations with a smaller absolute value count as zero.</param>
    /// <returns>The neurons, most precise first.</returns>
    public static IReadOnlyList<long> Rank(Tensor activations, Tensor labels, long label = 1, double threshold = 0.05)
    {
        using var scope = NewDisposeScope();
        return NeuronOrder.Descending(Scores(activations, labels, label, threshold));
    }

    /// <summary>Computes the average precision of each neuron.</summary>
    /// <param name="activations">(rows, neurons); they are not changed.</param>
    /// <param name="labels">(rows), class numbers from 0.</param>
    /// <param name="label">The class that stands for the concept.</param>
    /// <param name="threshold">Activations with a smaller absolute value count as zero.</param>
    /// <returns>(neurons), Float64, from 0 to 1.</returns>
    /// <exception cref="ArgumentException">No row has this class.</exception>
    public static Tensor Scores(Tensor activations, Tensor labels, long label = 1, double threshold = 0.05)
    {
        ProbeData.CheckActivations(activations);
        ProbeData.CheckRows(activations, labels);
        _ = ProbeData.CheckClasses(labels, null);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var positive = labels.to(activations.device).eq(label).to(ScalarType.Float64);
        if (!(positive.sum().ToDouble() > 0))
        {
            throw new ArgumentException($"No row has class {label}; a precision needs at least one.");
        }

        var rows = activations.shape[0];
        var width = Math.Max(1, ElementsAtOnce / rows);
        var parts = new List<Tensor>();
        for (long start = 0; start < activations.shape[1]; start += width)
        {
            var some = activations.narrow(1, start, Math.Min(width, activations.shape[1] - start));
            parts.Add(AveragePrecision(some.masked_fill(some.abs().lt(threshold), 0), positive));
        }

        return cat(parts).MoveToOuterDisposeScope();
    }

    /// <summary>Σ (Rₙ − Rₙ₋₁)·Pₙ over the distinct values of each column.</summary>
    private static Tensor AveragePrecision(Tensor values, Tensor positive)
    {
        using var scope = NewDisposeScope();
        var rows = values.shape[0];
        var (sorted, order) = values.sort(0, descending: true);
        var hits = positive.index_select(0, order.flatten()).view(order.shape).cumsum(0);

        // Equal values are counted together: only the last of each run counts.
        var last = cat([
            sorted.narrow(0, 0, rows - 1).ne(sorted.narrow(0, 1, rows - 1)),
            ones([1, values.shape[1]], dtype: ScalarType.Bool, device: values.device),
        ]);
        var reached = hits.masked_fill(last.logical_not(), 0).cummax(0).Item1;
        var before = cat([
            zeros([1, values.shape[1]], dtype: ScalarType.Float64, device: values.device),
            reached.narrow(0, 0, rows - 1),
        ]);
        var rank = arange(1, rows + 1, dtype: ScalarType.Float64, device: values.device).unsqueeze(1);
        var gained = ((hits - before) * (hits / rank)).masked_fill(last.logical_not(), 0);
        return (gained.sum(0L) / positive.sum()).MoveToOuterDisposeScope();
    }
}
