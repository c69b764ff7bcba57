namespace Lrp.Analysis.Ranking;

/// <summary>Neurons that were chosen, in ascending order.</summary>
/// <param name="Overall">Those chosen for any class.</param>
/// <param name="PerClass">Those chosen for each class, the most important first.</param>
public sealed record SelectedNeurons(IReadOnlyList<long> Overall, IReadOnlyList<IReadOnlyList<long>> PerClass);

/// <summary>Neurons in order of importance.</summary>
/// <param name="Neurons">The most important first.</param>
/// <param name="Cutoffs">Lengths of the prefixes that were chosen together; the order between two cutoffs says little.</param>
public sealed record NeuronOrdering(IReadOnlyList<long> Neurons, IReadOnlyList<int> Cutoffs)
{
    /// <summary>The ordering with every neuron it leaves out at its end, in ascending order.</summary>
    /// <param name="neurons">How many neurons there are.</param>
    public IReadOnlyList<long> Complete(long neurons)
    {
        var there = Neurons.ToHashSet();
        return [.. Neurons, .. Enumerable.Range(0, (int)neurons).Select(index => (long)index).Where(index => !there.Contains(index))];
    }
}
