using static TorchSharp.torch;

namespace Lrp.Models.Layers;

/// <summary>
/// What the blocks of a stack share in one pass: masks and tables, made once, and the encoder's states in a decoder.
/// </summary>
internal sealed class AttentionInputs
{
    /// <summary>What is added to the scores, B or 1 × H or 1 × T × T; null for nothing.</summary>
    public Tensor? Mask { get; init; }

    /// <summary>Cosines of rotary positions, B or 1 × 1 × T × R; null where there are none.</summary>
    public Tensor? Cosine { get; init; }

    /// <summary>Sines of rotary positions.</summary>
    public Tensor? Sine { get; init; }

    /// <summary>The encoder's states, B × S × D; null where there is no encoder.</summary>
    public Tensor? Memory { get; init; }

    /// <summary>What is added to the scores over the encoder's states, B × 1 × 1 × S; null for nothing.</summary>
    public Tensor? MemoryMask { get; init; }
}
