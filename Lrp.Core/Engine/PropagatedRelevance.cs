using static TorchSharp.torch;

namespace Lrp.Core.Engine;

/// <summary>Checks what a rule returned before autograd gets it.</summary>
internal static class PropagatedRelevance
{
    /// <summary>The relevance that a rule returned, once it is found to be well formed.</summary>
    /// <param name="propagated">What the rule returned.</param>
    /// <param name="shapes">The shape of each input; null for one that takes no relevance.</param>
    /// <returns>Relevance for each input; null for none.</returns>
    /// <exception cref="InvalidOperationException">
    /// A number of entries, a shape or an element type is wrong.
    /// </exception>
    public static Tensor?[] Check(IReadOnlyList<Tensor?>? propagated, IReadOnlyList<TensorShape?> shapes)
    {
        if (propagated is null)
        {
            throw new InvalidOperationException(
                $"the rule returned null; it must return a list with one entry for each of the {shapes.Count} inputs"
            );
        }

        if (propagated.Count != shapes.Count)
        {
            throw new InvalidOperationException(
                $"the rule returned relevance for {propagated.Count} inputs, but {shapes.Count} take part"
            );
        }

        return [.. propagated.Select((relevance, k) => Check(relevance, shapes[k]))];
    }

    private static Tensor? Check(Tensor? relevance, TensorShape? shape)
    {
        if (relevance is null || shape is null)
        {
            return null;
        }

        if (!relevance.shape.AsSpan().SequenceEqual(shape.Shape))
        {
            throw new InvalidOperationException(
                $"the rule returned relevance of shape {TensorShape.Of(relevance)} for an input of shape {shape}"
            );
        }

        return relevance.is_floating_point() || relevance.is_complex()
            ? relevance
            : throw new InvalidOperationException(
                $"the rule returned relevance of type {relevance.dtype} for an input of type {shape.Dtype}"
            );
    }
}
