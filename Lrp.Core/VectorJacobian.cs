using static TorchSharp.torch;

namespace Lrp.Core;

/// <summary>
/// Gradients applied from the left to a vector, Σ_j v_j ∂y_j/∂x_i, where an exception must never end the process.
/// </summary>
/// <remarks>
/// On the TorchSharp package <c>autograd.grad</c> lets libtorch's exceptions leave native code, which nothing can
/// catch: an operator without a derivative, a value overwritten in place, an input that the output does not depend on,
/// or too little memory ends the process. <c>autograd.backward</c> hands them on as managed exceptions, so it is what
/// works here.
/// </remarks>
public static class VectorJacobian
{
    /// <summary>Σ_j v_j ∂y_j/∂x_i for each leaf x.</summary>
    /// <param name="outputs">The tensors y; those that require no gradient add nothing.</param>
    /// <param name="leaves">
    /// The tensors x: leaves of the graph that require a gradient. Their <c>grad</c> is used, and null afterwards, so
    /// they have to be the caller's own.
    /// </param>
    /// <param name="vectors">A tensor v for each y, in its shape.</param>
    /// <param name="retainGraph">Whether the graph stays, to be used again.</param>
    /// <returns>A tensor for each leaf, in its shape; null where no output depends on it.</returns>
    /// <exception cref="ArgumentException">
    /// The numbers of outputs and vectors differ, or a tensor is not a leaf of the graph or requires no gradient.
    /// </exception>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">
    /// libtorch cannot differentiate, or a shape does not fit.
    /// </exception>
    public static Tensor?[] Product(
        IReadOnlyList<Tensor> outputs,
        IReadOnlyList<Tensor> leaves,
        IReadOnlyList<Tensor> vectors,
        bool retainGraph = false
    )
    {
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentNullException.ThrowIfNull(leaves);
        ArgumentNullException.ThrowIfNull(vectors);
        if (outputs.Count != vectors.Count)
        {
            throw new ArgumentException(
                $"There are {outputs.Count} outputs, but {vectors.Count} vectors.",
                nameof(vectors)
            );
        }

        if (leaves.Any(leaf => !leaf.is_leaf || !leaf.requires_grad))
        {
            throw new ArgumentException(
                "Each has to be a leaf of the graph that requires a gradient: detach().requires_grad_().",
                nameof(leaves)
            );
        }

        var from = new List<Tensor>();
        var with = new List<Tensor>();
        for (var k = 0; k < outputs.Count; k++)
        {
            if (outputs[k].requires_grad)
            {
                from.Add(outputs[k]);
                with.Add(vectors[k]);
            }
        }

        if (from.Count == 0)
        {
            return new Tensor?[leaves.Count];
        }

        Clear(leaves);
        try
        {
            autograd.backward(from, with, retain_graph: retainGraph, inputs: [.. leaves]);
            return [.. leaves.Select(leaf => leaf.grad)];
        }
        finally
        {
            Clear(leaves);
        }
    }

    /// <summary>Σ_j v_j ∂y_j/∂x_i for one y and one leaf x.</summary>
    /// <param name="output">The tensor y.</param>
    /// <param name="leaf">The tensor x, a leaf of the graph that requires a gradient and is the caller's own.</param>
    /// <param name="vector">The tensor v, in the shape of y.</param>
    /// <param name="retainGraph">Whether the graph stays, to be used again.</param>
    /// <returns>A tensor in the shape of x; null where y does not depend on it.</returns>
    /// <exception cref="ArgumentException">x is no leaf of the graph, or requires no gradient.</exception>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">
    /// libtorch cannot differentiate, or a shape does not fit.
    /// </exception>
    public static Tensor? Product(Tensor output, Tensor leaf, Tensor vector, bool retainGraph = false) =>
        Product([output], [leaf], [vector], retainGraph)[0];

    private static void Clear(IReadOnlyList<Tensor> leaves)
    {
        foreach (var leaf in leaves)
        {
            leaf.grad = null;
        }
    }
}
