using static TorchSharp.torch;

namespace Lrp.Models.Layers;

/// <summary>c·tanh(x / c), which keeps scores and logits between −c and c, as a module (Gemma 2).</summary>
/// <param name="cap">c.</param>
public sealed class SoftCap(double cap) : nn.Module<Tensor, Tensor>(nameof(SoftCap))
{
    /// <summary>The capped values.</summary>
    /// <param name="input">A tensor.</param>
    /// <returns>A tensor of the same shape.</returns>
    public override Tensor forward(Tensor input)
    {
        using var scaled = input.div(cap);
        using var bounded = scaled.tanh();
        return bounded.mul(cap);
    }
}
