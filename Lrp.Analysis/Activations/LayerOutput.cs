using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace Lrp.Analysis.Activations;

/// <summary>Finds the tensor in the output of a module.</summary>
internal static class LayerOutput
{
    /// <summary>The first tensor of an output, which may be a list or a tuple (for example of an LSTM).</summary>
    public static Tensor? First(object? output) =>
        output switch
        {
            Tensor tensor => tensor,
            ITuple tuple => Enumerable
                .Range(0, tuple.Length)
                .Select(index => First(tuple[index]))
                .FirstOrDefault(found => found is not null),
            IEnumerable<Tensor> list => list.FirstOrDefault(),
            _ => null,
        };
}
