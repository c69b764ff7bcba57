using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace Lrp.Analysis.Activations;

/// <summary>The tensor among what a module returns.</summary>
internal static class LayerOutput
{
    /// <summary>The first tensor of an output, which may be a tuple (an LSTM's) or a list.</summary>
    public static Tensor? First(object? output) => output switch
    {
        Tensor tensor => tensor,
        ITuple tuple => Enumerable.Range(0, tuple.Length).Select(index => First(tuple[index])).FirstOrDefault(found => found is not null),
        IEnumerable<Tensor> list => list.FirstOrDefault(),
        _ => null,
    };
}
