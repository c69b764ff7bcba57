using static TorchSharp.torch;

namespace Lrp.Decomposition;

/// <summary>
/// Provides a composition's components. They are made chunk by chunk, so that a composition with many components need
/// not be held in memory as a whole.
/// </summary>
internal abstract class ComponentSource : IDisposable
{
    /// <summary>The number of components.</summary>
    public abstract long Count { get; }

    /// <summary>Whether component k is zero everywhere except at index k of the last dimension.</summary>
    public virtual bool IsOneEntryEach => false;

    /// <summary>
    /// Components <paramref name="start"/> … <paramref name="start"/> + <paramref name="count"/> - 1.
    /// </summary>
    public abstract Tensor Take(long start, long count);

    /// <inheritdoc/>
    public virtual void Dispose() { }

    /// <summary>Components that are given as a tensor.</summary>
    internal sealed class Given(Tensor components) : ComponentSource
    {
        public override long Count => components.shape[0];

        public override Tensor Take(long start, long count) => components.narrow(0, start, count);
    }

    /// <summary>
    /// Component k is the tensor where mask k is set and zero elsewhere; for token ids, it is the mask itself.
    /// </summary>
    internal sealed class Masks(Tensor value, Tensor masks) : ComponentSource
    {
        public override long Count => masks.shape[0];

        public override Tensor Take(long start, long count)
        {
            var chunk = masks.narrow(0, start, count);
            return value.is_floating_point() ? chunk * value : chunk;
        }
    }

    /// <summary>Component k is the tensor at index k of a dimension and zero elsewhere.</summary>
    internal sealed class Indices(Tensor value, int dim) : ComponentSource
    {
        public override long Count => value.shape[dim];

        public override bool IsOneEntryEach => dim == value.ndim - 1;

        public override Tensor Take(long start, long count)
        {
            using var scope = NewDisposeScope();
            long[] shape = [count, .. value.shape];
            var taken = zeros(shape, value.dtype, value.device);
            taken
                .narrow(dim + 1, start, count)
                .diagonal(0, 0, dim + 1)
                .copy_(value.narrow(dim, start, count).movedim([dim], [-1L]));
            return taken.MoveToOuterDisposeScope();
        }
    }

    /// <summary>
    /// Component k is the tensor where the label is k and zero elsewhere; for token ids, it is the mask of those
    /// entries.
    /// </summary>
    internal sealed class Labels(Tensor value, Tensor labels, long count) : ComponentSource
    {
        public override long Count => count;

        public override Tensor Take(long start, long count)
        {
            using var scope = NewDisposeScope();
            long[] column = [count, .. Enumerable.Repeat(1L, (int)labels.ndim)];
            var numbers = arange(start, start + count, ScalarType.Int64, labels.device).reshape(column);
            var masks = labels.unsqueeze(0).eq(numbers);
            var taken = value.is_floating_point() ? masks.to_type(value.dtype) * value : masks;
            return taken.MoveToOuterDisposeScope();
        }

        public override void Dispose() => labels.Dispose();
    }
}
