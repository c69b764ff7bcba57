using static TorchSharp.torch;

namespace Lrp.Checkpoints;

/// <summary>One tensor of a checkpoint, as its file describes it; its data is not read yet.</summary>
public abstract class CheckpointEntry
{
    private protected CheckpointEntry(string name, string dtype, ScalarType? type, IReadOnlyList<long> shape)
    {
        Name = name;
        Dtype = dtype;
        Type = type;
        Shape = shape;
    }

    /// <summary>
    /// The tensor's name: its state dict key (<c>0.weight</c>), in a nested PyTorch file behind the names of the dicts
    /// that hold it (<c>model/0.weight</c>).
    /// </summary>
    public string Name { get; }

    /// <summary>
    /// The element type's name in the format: <c>F32</c>, <c>BF16</c>, <c>I64</c> of safetensors, <c>float32</c> of
    /// PyTorch.
    /// </summary>
    public string Dtype { get; }

    /// <summary>The element type, or null if TorchSharp has none for it, so that the tensor cannot be read.</summary>
    public ScalarType? Type { get; }

    /// <summary>The tensor's shape; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The size of the tensor's values in bytes.</summary>
    public abstract long ByteLength { get; }

    /// <summary>The dict or list that holds the tensor, with a slash at its end; empty at the top.</summary>
    internal virtual string Container => string.Empty;

    /// <summary>The name, the element type and the shape: <c>0.weight F32 [16, 1, 3, 3]</c>.</summary>
    public override string ToString() => $"{Name} {Dtype} [{string.Join(", ", Shape)}]";
}
