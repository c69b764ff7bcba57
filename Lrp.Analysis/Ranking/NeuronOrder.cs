using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Analysis.Ranking;

/// <summary>From a number a neuron to the neurons in order.</summary>
internal static class NeuronOrder
{
    /// <summary>The neurons of largest number first; of equal ones the lower first.</summary>
    public static IReadOnlyList<long> Descending(Tensor scores)
    {
        using var scope = NewDisposeScope();
        return scores.sort(-1, descending: true, stable: true).Item2.cpu().contiguous().data<long>().ToArray();
    }
}
