using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Decomposition.Recording;

/// <summary>Which entries of its memory a tensor has, and in which order.</summary>
internal sealed class Layout
{
    private readonly long[] _sizes;
    private readonly long[] _strides;
    private readonly long _offset;

    private Layout(long[] sizes, long[] strides, long offset)
    {
        _sizes = sizes;
        _strides = strides;
        _offset = offset;
    }

    public static Layout Of(Tensor tensor) => new(tensor.shape, tensor.stride(), tensor.storage_offset());

    /// <summary>All entries of a memory, in its order.</summary>
    public static Layout Whole(long entries) => new([entries], [1], 0);

    /// <summary>Whether no entry of the memory appears twice.</summary>
    public bool IsDistinct
    {
        get
        {
            long reach = 0;
            foreach (var (size, stride) in Dimensions().OrderBy(dimension => dimension.Stride))
            {
                if (stride <= reach)
                {
                    return false;
                }

                reach += (size - 1) * stride;
            }

            return true;
        }
    }

    /// <summary>Whether every entry of a memory appears exactly once.</summary>
    /// <param name="entries">How many entries the memory has.</param>
    public bool Covers(long entries) => _sizes.Aggregate(1L, (a, b) => a * b) == entries && IsDistinct;

    /// <summary>Whether it has the same entries in the same order as another layout.</summary>
    public bool Is(Layout other) =>
        _offset == other._offset
        && _sizes.AsSpan().SequenceEqual(other._sizes)
        && Dimensions().SequenceEqual(other.Dimensions());

    /// <summary>Takes the entries out of a whole memory.</summary>
    /// <param name="memory">Shape (n), or (k, n) for components.</param>
    public Tensor Read(Tensor memory)
    {
        var whole = Contiguous(memory);
        var (sizes, strides) = Leading(whole);
        return whole.as_strided(sizes, strides, whole.storage_offset() + _offset);
    }

    /// <summary>A copy of a whole memory with these entries replaced.</summary>
    /// <param name="memory">Shape (n), or (k, n) for components.</param>
    /// <param name="part">The entries, in the shape of the layout, with (k) before it for components.</param>
    public Tensor Write(Tensor memory, Tensor part)
    {
        var whole = Contiguous(memory);
        whole = whole.storage_offset() == 0 ? whole : whole.clone();
        var (sizes, strides) = Leading(whole);
        return Operation.Single(
            OperatorCall.InvokeByName("aten::as_strided_scatter", "", whole, part, sizes, strides, _offset)
        );
    }

    private static Tensor Contiguous(Tensor memory) => memory.is_contiguous() ? memory : memory.contiguous();

    private (long[] Sizes, long[] Strides) Leading(Tensor memory) =>
        memory.ndim == 1 ? (_sizes, _strides) : ([memory.shape[0], .. _sizes], [memory.shape[1], .. _strides]);

    private IEnumerable<(long Size, long Stride)> Dimensions() =>
        _sizes.Zip(_strides).Where(dimension => dimension.First != 1);
}
