using Lrp.Analysis.Probes;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Analysis.Ranking;

/// <summary>Chooses neurons by the absolute weights of a probe, with NeuroX's definitions (Dalvi et al., AAAI 2019).</summary>
public static class NeuronSelection
{
    private const int DefaultStride = 100;

    /// <summary>For each class the neurons of largest weight that together reach a share of the class's weight mass.</summary>
    /// <param name="probe">A trained probe.</param>
    /// <param name="share">From 0, which chooses one neuron a class, to 1.</param>
    public static SelectedNeurons Top(LinearProbe probe, double share) => Top(Weights(probe), Check(share));

    /// <summary>For each class the neurons of smallest weight that together reach a share of the class's weight mass.</summary>
    /// <param name="probe">A trained probe.</param>
    /// <param name="share">From 0, which chooses one neuron a class, to 1.</param>
    public static SelectedNeurons Bottom(LinearProbe probe, double share)
    {
        Check(share);
        return Union(Weights(probe).Select(row => Reaching(row, Ascending(row), share)));
    }

    /// <summary>For each class the neurons whose weight exceeds the class's largest one divided by a number.</summary>
    /// <param name="probe">A trained probe.</param>
    /// <param name="divisor">At least 1; the larger, the more neurons.</param>
    public static SelectedNeurons TopByHardThreshold(LinearProbe probe, double divisor)
    {
        if (!(divisor > 0) || !double.IsFinite(divisor))
        {
            throw new ArgumentException($"A hard threshold is the largest weight divided by a positive number; it is {divisor}.");
        }

        return Union(Weights(probe).Select(row =>
        {
            double threshold = row.Max() / divisor;
            return (IReadOnlyList<long>)[.. Descending(row).Where(neuron => row[neuron] > threshold)];
        }));
    }

    /// <summary>Neurons by chance, each with the same probability.</summary>
    /// <param name="neurons">How many neurons there are.</param>
    /// <param name="probability">From 0 to 1.</param>
    /// <param name="seed">The seed.</param>
    public static IReadOnlyList<long> Random(long neurons, double probability, int seed = 0)
    {
        Check(probability);
        var random = new Random(seed);
        return [.. Enumerable.Range(0, (int)neurons).Select(index => (long)index).Where(_ => random.NextDouble() < probability)];
    }

    /// <summary>All neurons, in the order in which growing shares of the weight mass take them in.</summary>
    /// <param name="probe">A trained probe.</param>
    /// <param name="stride">How many steps there are from no mass to all of it.</param>
    /// <returns>
    /// The neurons; between two cutoffs, those of larger weight share first. Neurons without any weight are not in it.
    /// </returns>
    public static NeuronOrdering Ordering(LinearProbe probe, int stride = DefaultStride)
    {
        double[][] weights = Weights(probe);
        double[] importance = Importance(weights);
        var ordering = new List<long>();
        var taken = new HashSet<long>();
        var cutoffs = new List<int>();
        foreach (SelectedNeurons selection in Growing(weights, stride))
        {
            ordering.AddRange(selection.Overall.Where(taken.Add).OrderByDescending(neuron => importance[neuron]));
            cutoffs.Add(ordering.Count);
        }

        return new NeuronOrdering(ordering, cutoffs);
    }

    /// <summary>As <see cref="Ordering"/>, but in chunks of about the same number of neurons.</summary>
    /// <param name="probe">A trained probe.</param>
    /// <param name="granularity">The number of neurons in a chunk.</param>
    /// <param name="stride">How many steps there are from no mass to all of it.</param>
    /// <returns>The neurons; those beyond the last whole chunk may be left out, as in NeuroX.</returns>
    public static NeuronOrdering GranularOrdering(LinearProbe probe, int granularity = 50, int stride = DefaultStride)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(granularity);
        double[][] weights = Weights(probe);
        double[] importance = Importance(weights);
        SelectedNeurons[] selections = [.. Growing(weights, stride)];
        var ordering = new List<long>();
        var taken = new HashSet<long>();
        var cutoffs = new List<int>();
        int at = 0;
        for (int count = 0; count <= weights[0].Length; count += granularity)
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
    /// <param name="count">How many.</param>
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
        foreach (long neuron in order)
        {
            total += row[neuron];
        }

        double sum = 0;
        int count = 0;
        do
        {
            sum += row[order[count++]];
        }
        while (count < order.Length && sum < total * share);
        return [.. order.Take(count)];
    }

    private static SelectedNeurons Union(IEnumerable<IReadOnlyList<long>> perClass)
    {
        IReadOnlyList<long>[] classes = [.. perClass];
        return new SelectedNeurons([.. classes.SelectMany(neurons => neurons).Distinct().Order()], classes);
    }

    /// <summary>The largest share of a class's weight mass that a neuron has.</summary>
    private static double[] Importance(double[][] weights)
    {
        double[] totals = [.. weights.Select(row => Math.Max(row.Sum(), double.Epsilon))];
        return [.. Enumerable.Range(0, weights[0].Length).Select(neuron => weights.Select((row, label) => row[neuron] / totals[label]).Max())];
    }

    private static long[] Ascending(double[] row) => [.. Enumerable.Range(0, row.Length).OrderBy(index => row[index]).Select(index => (long)index)];

    private static long[] Descending(double[] row) => [.. Enumerable.Range(0, row.Length).OrderByDescending(index => row[index]).Select(index => (long)index)];

    private static double[][] Weights(LinearProbe probe)
    {
        ArgumentNullException.ThrowIfNull(probe);
        using var scope = NewDisposeScope();
        double[] flat = probe.Weight.abs().to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
        return [.. flat.Chunk((int)probe.Neurons)];
    }

    private static double Check(double share) => share is >= 0 and <= 1
        ? share
        : throw new ArgumentOutOfRangeException(nameof(share), share, "A share is from 0 to 1.");
}
