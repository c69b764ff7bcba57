using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Forward;

/// <summary>Who gets a bias, or anything else that is added and that no component answers for.</summary>
public abstract class BiasPolicy
{
    /// <summary>Shares a bias among the parts of what it is added to.</summary>
    /// <param name="context">The operator at work.</param>
    /// <param name="linear">The parts before the bias, components of shape (k, *).</param>
    /// <param name="output">The true value with the bias, shape (*).</param>
    /// <param name="bias">The bias, of a shape that broadcasts to (*).</param>
    /// <returns>Parts that sum to <paramref name="output"/>.</returns>
    public abstract Parts Share(OperatorContext context, Parts linear, Tensor output, Tensor bias);
}
