using static TorchSharp.torch;

namespace Lrp.Core;

/// <summary>
/// libtorch's inference mode: tensors that are made in it never take part in a graph, and some operators on them end
/// the process.
/// </summary>
internal static class InferenceMode
{
    /// <summary>Throws in inference mode.</summary>
    /// <exception cref="InvalidOperationException">The calling thread is in inference mode.</exception>
    public static void ThrowIfOn()
    {
        if (is_inference_mode_enabled())
        {
            throw new InvalidOperationException(
                "An explanation needs gradients, and torch.inference_mode() is on: leave it before the call, or use "
                    + "torch.no_grad() in its place, which explanations do not mind."
            );
        }
    }
}
