using static TorchSharp.torch;

namespace Lrp.Analysis.Ranking;

/// <summary>Orders neurons by a number per neuron.</summary>
internal static class NeuronOrder
{
    /// <summary>The neurons with the largest numbers first; for equal numbers, the lower neuron first.</summary>
    public static IReadOnlyList<long> Descending(Tensor scores)
    {
        using var scope = NewDisposeScope();
        return scores.sort(-1, descending: true, stable: true).Item2.cpu().contiguous().data<long>().ToArray();
    }
}
