namespace Lrp.Analysis.Ranking;

/// <summary>Checks a list of neurons that the caller gave.</summary>
internal static class NeuronList
{
    public static long[] Check(IReadOnlyList<long> neurons, long count)
    {
        ArgumentNullException.ThrowIfNull(neurons);
        if (neurons.Count == 0)
        {
            throw new ArgumentException("No neurons were given.");
        }

        foreach (var neuron in neurons)
        {
            if (neuron < 0 || neuron >= count)
            {
                throw new ArgumentOutOfRangeException(nameof(neurons), neuron, $"There are neurons 0 to {count - 1}.");
            }
        }

        return neurons.Distinct().Count() == neurons.Count
            ? [.. neurons]
            : throw new ArgumentException("A neuron was given twice.");
    }
}
