using Lrp.Checkpoints.Bytes;
using static TorchSharp.torch;

namespace Lrp.Checkpoints;

/// <summary>A tensor's values where they lie, to be copied from there once.</summary>
/// <param name="Bytes">The bytes from its first element to its last.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Strides">Its strides in elements, or null if the elements lie one after the other.</param>
internal sealed record StoredTensor(ByteView Bytes, ScalarType Type, long[] Shape, long[]? Strides) : IDisposable
{
    /// <summary>Whether the values are the conjugates of what is stored.</summary>
    public bool Conjugate { get; init; }

    /// <summary>Whether the values are the negatives of what is stored.</summary>
    public bool Negative { get; init; }

    /// <summary>Copies the values into a tensor of the same shape, converted to its element type.</summary>
    /// <param name="destination">The tensor.</param>
    /// <param name="part">Gives the view of the stored values that is copied; null for all of them.</param>
    public unsafe void CopyTo(Tensor destination, Func<Tensor, Tensor>? part = null)
    {
        if (Bytes.Length == 0)
        {
            return;
        }

        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        var view = Strides is null
            ? MemoryTensor.Over(Bytes.Pointer, Type, Shape)
            : MemoryTensor.Over(Bytes.Pointer, Type, [Bytes.Length / Type.ElementBytes()]).as_strided(Shape, Strides);
        if (Conjugate)
        {
            view = view.conj();
        }

        if (Negative)
        {
            view = view.neg();
        }

        destination.copy_(part is null ? view : part(view));
    }

    public void Dispose() => Bytes.Dispose();
}
