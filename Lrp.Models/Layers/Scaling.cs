using static TorchSharp.torch;

namespace Lrp.Models.Layers;

/// <summary>c·x with a constant c as a module, such as the √width of Gemma's embeddings.</summary>
/// <param name="factor">c.</param>
public sealed class Scaling(double factor) : nn.Module<Tensor, Tensor>(nameof(Scaling))
{
    /// <summary>The scaled values.</summary>
    /// <param name="input">A tensor.</param>
    /// <returns>A tensor of the same shape.</returns>
    public override Tensor forward(Tensor input) => input.mul(factor);
}
