using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

// Where every entry of the result is one entry of an operand, the gradient passes relevance on as it is.
public static partial class Relevance
{
    /// <summary>Tensors one after the other: each takes the relevance of its part.</summary>
    /// <param name="tensors">The tensors.</param>
    /// <param name="dim">The dimension along which they follow each other.</param>
    /// <returns>All of them in one.</returns>
    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => torch.cat(tensors, dim);

    /// <summary>Tensors along a new dimension: each takes the relevance of its part.</summary>
    /// <param name="tensors">Tensors of one shape.</param>
    /// <param name="dim">The new dimension.</param>
    /// <returns>All of them in one.</returns>
    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) => torch.stack(tensors, dim);

    /// <summary>The same entries in another shape: each takes its own relevance.</summary>
    /// <param name="input">A tensor.</param>
    /// <param name="shape">The new shape.</param>
    /// <returns>A tensor of that shape.</returns>
    public static Tensor reshape(Tensor input, params long[] shape)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.reshape(shape);
    }

    /// <summary>Two dimensions exchanged: each entry takes its own relevance.</summary>
    /// <param name="input">A tensor.</param>
    /// <param name="dim0">A dimension.</param>
    /// <param name="dim1">Another.</param>
    /// <returns>The transposed tensor.</returns>
    public static Tensor transpose(Tensor input, long dim0, long dim1)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.transpose(dim0, dim1);
    }

    /// <summary>Dimensions in another order: each entry takes its own relevance.</summary>
    /// <param name="input">A tensor.</param>
    /// <param name="permutation">The dimensions in their new order.</param>
    /// <returns>The permuted tensor.</returns>
    public static Tensor permute(Tensor input, params long[] permutation)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.permute(permutation);
    }

    /// <summary>Dimensions merged into one: each entry takes its own relevance.</summary>
    /// <param name="input">A tensor.</param>
    /// <param name="start_dim">The first of them.</param>
    /// <param name="end_dim">The last of them.</param>
    /// <returns>The flattened tensor.</returns>
    public static Tensor flatten(Tensor input, long start_dim = 0, long end_dim = -1)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.flatten(start_dim, end_dim);
    }
}
