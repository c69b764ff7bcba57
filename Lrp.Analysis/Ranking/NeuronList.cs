namespace Lrp.Analysis.Ranking;

/// <summary>A list of neurons that somebody names.</summary>
internal static class NeuronList
{
    public static long[] Check(IReadOnlyList<long> neurons, long count)
    {
        ArgumentNullException.ThrowIfNull(neurons);
        if (neurons.Count == 0)
        {
            throw new ArgumentException("No neurons are named.");
        }

        foreach (long neuron in neurons)
        {
            if (neuron < 0 || neuron >= count)
            {
                throw new ArgumentOutOfRangeException(nameof(neurons), neuron, $"There are neurons 0 to {count - 1}.");
            }
        }

        return neurons.Distinct().Count() == neurons.Count ? [.. neurons] : throw new ArgumentException("A neuron is named twice.");
    }
}
