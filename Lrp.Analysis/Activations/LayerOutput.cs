using Lrp.Core.Hooks;
using static TorchSharp.torch;

namespace Lrp.Analysis.Activations;

/// <summary>Finds the tensor in the output of a module.</summary>
internal static class LayerOutput
{
    /// <summary>
    /// The first tensor of an output, which may be a tuple (for example of an LSTM), a list, a dictionary, or an object
    /// of a user's own class.
    /// </summary>
    public static Tensor? First(object? output) => TensorArguments.Copied(output).FirstOrDefault();
}
