using static TorchSharp.torch;

namespace Lrp.Core.Linear;

/// <summary>
/// A convolution of your own whose padding TorchSharp's layers do not have. Rules for convolutions run it with parts of
/// its weights in their place, its padding included.
/// </summary>
public interface IUnevenConvolution
{
    /// <summary>The layer with other weights; linear in the input but for the bias.</summary>
    /// <param name="input">(N, C, …).</param>
    /// <param name="weight">Weights in the shape of the layer's.</param>
    /// <param name="bias">One number for each output channel, or null.</param>
    /// <returns>The output.</returns>
    Tensor Run(Tensor input, Tensor weight, Tensor? bias);
}
