namespace Lrp.Checkpoints;

/// <summary>One tensor of a safetensors file, as described by the header.</summary>
internal sealed class SafetensorsEntry : CheckpointEntry
{
    public SafetensorsEntry(string name, string dtype, long[] shape, long begin, long byteLength)
        : base(name, dtype, SafetensorsDtype.ToScalarType(dtype), shape)
    {
        Begin = begin;
        ByteLength = byteLength;
    }

    public override long ByteLength { get; }

    /// <summary>The position where the data begins, in bytes after the header.</summary>
    public long Begin { get; }

    public long End => Begin + ByteLength;
}
