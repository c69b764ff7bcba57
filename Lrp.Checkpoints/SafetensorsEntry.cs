namespace Lrp.Checkpoints;

/// <summary>One tensor of a safetensors file, as described by the header; its data is not read yet.</summary>
public sealed class SafetensorsEntry
{
    internal SafetensorsEntry(string name, string dtype, long[] shape, long begin, long byteLength)
    {
        Name = name;
        Dtype = dtype;
        Shape = shape;
        Begin = begin;
        ByteLength = byteLength;
    }

    /// <summary>The tensor's name; in a PyTorch checkpoint, its state dict key (<c>0.weight</c>).</summary>
    public string Name { get; }

    /// <summary>The element type's name in the format: <c>F32</c>, <c>BF16</c>, <c>I64</c>, <c>BOOL</c>, …</summary>
    public string Dtype { get; }

    /// <summary>The tensor's shape; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The size of the tensor's data in bytes.</summary>
    public long ByteLength { get; }

    /// <summary>The position where the data begins, in bytes after the header.</summary>
    internal long Begin { get; }

    internal long End => Begin + ByteLength;

    /// <summary>The name, the element type and the shape: <c>0.weight F32 [16, 1, 3, 3]</c>.</summary>
    public override string ToString() => $"{Name} {Dtype} [{string.Join(", ", Shape)}]";
}
