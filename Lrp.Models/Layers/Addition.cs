using static TorchSharp.torch;

namespace Lrp.Models.Layers;

/// <summary>a + b, such as a residual connection, as a module that a composite matches by its type.</summary>
/// <remarks>Without a composite it has the plain gradient, as all modules of this folder.</remarks>
public sealed class Addition() : nn.Module<Tensor, Tensor, Tensor>(nameof(Addition))
{
    /// <summary>The sum.</summary>
    /// <param name="left">A tensor.</param>
    /// <param name="right">A tensor whose shape broadcasts with it.</param>
    /// <returns>left + right.</returns>
    public override Tensor forward(Tensor left, Tensor right) => left.add(right);
}
