using static TorchSharp.torch;

namespace Lrp.Models.Layers;

/// <summary>
/// a·b, entry by entry, as a module: the gate of an MLP times what it lets through, or the weight of an expert times
/// its output. The first factor is the gate or the weight.
/// </summary>
public sealed class Product() : nn.Module<Tensor, Tensor, Tensor>(nameof(Product))
{
    /// <summary>The product.</summary>
    /// <param name="gate">A tensor.</param>
    /// <param name="value">A tensor whose shape broadcasts with it.</param>
    /// <returns>gate · value.</returns>
    public override Tensor forward(Tensor gate, Tensor value) => gate.mul(value);
}
