using static TorchSharp.torch;

namespace Lrp.Decomposition;

/// <summary>A tensor inside the model, together with its parts if it has any.</summary>
/// <param name="Value">The true value, shape (*).</param>
/// <param name="Chunk">Its parts; null for a constant, a tensor that no component reaches.</param>
public readonly record struct Decomposed(Tensor Value, CompositionChunk? Chunk)
{
    /// <summary>Whether no component reaches the tensor.</summary>
    public bool IsConstant => Chunk is null;

    /// <summary>The parts.</summary>
    /// <exception cref="InvalidOperationException">The tensor is a constant.</exception>
    public CompositionChunk Split =>
        Chunk
        ?? throw new InvalidOperationException(
            $"A tensor of shape {Printing.Shape(Value.shape)} has no parts; no component reaches it."
        );
}
