namespace Lrp.Checkpoints.Gguf;

/// <summary>One tensor, as the file's table describes it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Shape">Its shape, the last dimension the one whose elements are neighbours.</param>
/// <param name="Elements">The number of its elements.</param>
/// <param name="Offset">Where its bytes begin in the file.</param>
internal sealed record GgufTensor(string Name, BlockType Type, long[] Shape, long Elements, long Offset)
{
    /// <summary>The number of its bytes.</summary>
    public long Bytes => Elements / Type.Elements * Type.Bytes;
}
