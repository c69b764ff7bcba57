namespace Lrp.Analysis.Ranking;

/// <summary>Chosen neurons.</summary>
/// <param name="Overall">The neurons chosen for any class, in ascending order.</param>
/// <param name="PerClass">The neurons chosen for each class, most important first.</param>
public sealed record SelectedNeurons(IReadOnlyList<long> Overall, IReadOnlyList<IReadOnlyList<long>> PerClass);

/// <summary>Neurons in order of importance.</summary>
/// <param name="Neurons">The neurons, most important first.</param>
/// <param name="Cutoffs">
/// The lengths of the prefixes that were chosen together; the order between two cutoffs means little.
/// </param>
public sealed record NeuronOrdering(IReadOnlyList<long> Neurons, IReadOnlyList<int> Cutoffs)
{
    /// <summary>The ordering, followed by all neurons that it leaves out, in ascending order.</summary>
    /// <param name="neurons">The total number of neurons.</param>
    public IReadOnlyList<long> Complete(long neurons)
    {
        var there = Neurons.ToHashSet();
        return
        [
            .. Neurons,
            .. Enumerable.Range(0, (int)neurons).Select(index => (long)index).Where(index => !there.Contains(index)),
        ];
    }
}
