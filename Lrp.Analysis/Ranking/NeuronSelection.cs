using Lrp.Analysis.Probes;
using static TorchSharp.torch;

namespace Lrp.Analysis.Ranking;

/// <summary>
/// Chooses neurons by the absolute weights of a probe, as NeuroX defines it (Dalvi et al., AAAI 2019).
/// </summary>
public static class NeuronSelection
{
    private const int DefaultStride = 100;

    /// <summary>
    /// Chooses, for each class, the neurons with the largest weights that together reach a share of the class's weight
    /// mass.
    /// </summary>
    /// <param name="probe">A trained probe.</param>
    /// <param name="share">From 0, which chooses one neuron per class, to 1.</param>
    public static SelectedNeurons Top(LinearProbe probe, double share) => Top(Weights(probe), Check(share));

    /// <summary>
    /// Chooses, for each class, the neurons with the smallest weights that together reach a share of the class's weight
    /// mass.
    /// </summary>
    /// <param name="probe">A trained probe.</param>
    /// <param name="share">From 0, which chooses one neuron per class, to 1.</param>
    public static SelectedNeurons Bottom(LinearProbe probe, double share)
    {
        Check(share);
        return Union(Weights(probe).Select(row => Reaching(row, Ascending(row), share)));
    }

    /// <summary>
    /// Chooses, for each class, the neurons whose weight exceeds the class's largest weight divided by a number.
    /// </summary>
    /// <param name="probe">A trained probe.</param>
    /// <param name="divisor">The number, at least 1; a larger number chooses more neurons.</param>
    public static SelectedNeurons TopByHardThreshold(LinearProbe probe, double divisor)
    {
        if (!(divisor > 0) || !double.IsFinite(divisor))
        {
            throw new ArgumentException($"The divisor of a hard threshold must be positive; it is {divisor}.");
        }

        return Union(
            Weights(probe)
                .Select(row =>
                {
                    var threshold = row.Max() / divisor;
                    return (IReadOnlyList<long>)[.. Descending(row).Where(neuron => row[neuron] > threshold)];
                })
        );
    }

    /// <summary>Chooses random neurons, each with the same probability.</summary>
    /// <param name="neurons">The total number of neurons.</param>
    /// <param name="probability">From 0 to 1.</param>
    /// <param name="seed">The seed.</param>
    public static IReadOnlyList<long> Random(long neurons, double probability, int seed = 0)
    {
        Check(probability);
        var random = new Random(seed);
        return
        [
            .. Enumerable
                .Range(0, (int)neurons)
                .Select(index => (long)index)
                .Where(_ => random.NextDouble() < probability),
        ];
    }

    /// <summary>
    /// Orders all neurons by the share of the weight mass at which <see cref="Top(LinearProbe, double)"/> first chooses
    /// them.
    /// </summary>
    /// <param name="probe">A trained probe.</param>
    /// <param name="stride">The number of steps from no mass to all of it.</param>
    /// <returns>
    /// The neurons; between two cutoffs, those with the larger share of a class's weight come first. Neurons whose
    /// weights are all zero are left out.
    /// </returns>
    public static NeuronOrdering Ordering(LinearProbe probe, int stride = DefaultStride)
    {
        var weights = Weights(probe);
        var importance = Importance(weights);
        var ordering = new List<long>();
        var taken = new HashSet<long>();
        var cutoffs = new List<int>();
        foreach (var selection in Growing(weights, stride))
        {
            ordering.AddRange(selection.Overall.Where(taken.Add).OrderByDescending(neuron => importance[neuron]));
            cutoffs.Add(ordering.Count);
        }

        return new NeuronOrdering(ordering, cutoffs);
    }

    /// <summary>Like <see cref="Ordering"/>, but in chunks of about the same number of neurons.</summary>
    /// <param name="probe">A trained probe.</param>
    /// <param name="granularity">The number of neurons in a chunk.</param>
    /// <param name="stride">The number of steps from no mass to all of it.</param>
    /// <returns>The neurons; those after the last whole chunk may be left out, as in NeuroX.</returns>
    public static NeuronOrdering GranularOrdering(LinearProbe probe, int granularity = 50, int stride = DefaultStride)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(granularity);
        var weights = Weights(probe);
        var importance = Importance(weights);
        SelectedNeurons[] selections = [.. Growing(weights, stride)];
        var ordering = new List<long>();
        var taken = new HashSet<long>();
        var cutoffs = new List<int>();
        var at = 0;
        for (var count = 0; count <= weights[0].Length; count += granularity)
        {
            while (at < selections.Length - 1 && selections[at].Overall.Count < count)
            {
                at++;
            }

            long[] added = [.. selections[at].Overall.Where(taken.Add).OrderByDescending(neuron => importance[neuron])];
            if (added.Length > 0)
            {
                ordering.AddRange(added);
                cutoffs.Add(ordering.Count);
            }
        }

        return new NeuronOrdering(ordering, cutoffs);
    }

    /// <summary>The last neurons of <see cref="Ordering"/>.</summary>
    /// <param name="probe">A trained probe.</param>
    /// <param name="count">How many neurons to return.</param>
    public static IReadOnlyList<long> FixedNumberOfBottom(LinearProbe probe, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return [.. Ordering(probe).Neurons.TakeLast(count)];
    }

    private static IEnumerable<SelectedNeurons> Growing(double[][] weights, int stride)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stride);
        return Enumerable.Range(0, stride + 1).Select(step => Top(weights, (double)step / stride));
    }

    private static SelectedNeurons Top(double[][] weights, double share) =>
        Union(weights.Select(row => Reaching(row, Descending(row), share)));

    private static IReadOnlyList<long> Reaching(double[] row, long[] order, double share)
    {
        double total = 0;
        foreach (var neuron in order)
        {
            total += row[neuron];
        }

        double sum = 0;
        var count = 0;
        do
        {
            sum += row[order[count++]];
        } while (count < order.Length && sum < total * share);
        return [.. order.Take(count)];
    }

    private static SelectedNeurons Union(IEnumerable<IReadOnlyList<long>> perClass)
    {
        IReadOnlyList<long>[] classes = [.. perClass];
        return new SelectedNeurons([.. classes.SelectMany(neurons => neurons).Distinct().Order()], classes);
    }

    /// <summary>For each neuron, its largest share of a class's weight mass.</summary>
    private static double[] Importance(double[][] weights)
    {
        double[] totals = [.. weights.Select(row => Math.Max(row.Sum(), double.Epsilon))];
        return
        [
            .. Enumerable
                .Range(0, weights[0].Length)
                .Select(neuron => weights.Select((row, label) => row[neuron] / totals[label]).Max()),
        ];
    }

    private static long[] Ascending(double[] row) =>
        [.. Enumerable.Range(0, row.Length).OrderBy(index => row[index]).Select(index => (long)index)];

    private static long[] Descending(double[] row) =>
        [.. Enumerable.Range(0, row.Length).OrderByDescending(index => row[index]).Select(index => (long)index)];

    private static double[][] Weights(LinearProbe probe)
    {
        ArgumentNullException.ThrowIfNull(probe);
        using var scope = NewDisposeScope();
        var flat = probe.Weight.abs().to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
        return [.. flat.Chunk((int)probe.Neurons)];
    }

    private static double Check(double share) =>
        share is >= 0 and <= 1
            ? share
            : throw new ArgumentOutOfRangeException(nameof(share), share, "A share must be from 0 to 1.");
}
