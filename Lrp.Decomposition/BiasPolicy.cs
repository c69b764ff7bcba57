using static TorchSharp.torch;

namespace Lrp.Decomposition;

/// <summary>
/// Decides which parts get a bias, or another added term that belongs to no component.
/// </summary>
public abstract class BiasPolicy
{
    /// <summary>Distributes a bias among the parts of the tensor that it is added to.</summary>
    /// <param name="context">The operator that is decomposed.</param>
    /// <param name="linear">The parts before the bias is added; components of shape (k, *).</param>
    /// <param name="output">The true value, bias included, shape (*).</param>
    /// <param name="bias">The bias, of a shape that broadcasts to (*).</param>
    /// <returns>Parts that sum to <paramref name="output"/>.</returns>
    public abstract CompositionChunk Distribute(
        OperatorContext context,
        CompositionChunk linear,
        Tensor output,
        Tensor bias
    );
}
