using Lrp.Checkpoints.Bytes;
using Lrp.Checkpoints.Gguf;
using static TorchSharp.torch;

namespace Lrp.Checkpoints;

/// <summary>
/// A GGUF file, of llama.cpp and the programs around it, open for reading: metadata, and tensors whose elements may be
/// quantised.
/// </summary>
/// <remarks>
/// <para>
/// Versions 2 and 3, little endian. Everything before the tensors' values is read and checked against the file's length
/// when the file is opened. Tensors are read on request from a memory map, in one pass into the destination's memory;
/// quantised ones become the float32 numbers that ggml computes, bit for bit.</para>
/// <para>
/// What does not fit is refused by one of <see cref="GgufFormatException"/>, <see cref="GgufUnsupportedException"/>,
/// <see cref="GgufLimitException"/> and <see cref="GgufModelException"/>. A file must be used by one thread at a time.
/// </para>
/// <para>
/// .NET's packages for GGUF hand the file to llama.cpp, which gives no tensor back; this reader is therefore our own.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// using var file = GgufFile.Open("model.gguf");
/// var blocks = file.Metadata.Integer("llama.block_count");
/// using Tensor weight = file.ReadTensor("blk.0.attn_q.weight");
/// </code>
/// </example>
public sealed class GgufFile : Checkpoint
{
    private readonly ByteSource _source;
    private readonly string _name;

    private GgufFile(ByteSource source, string name)
    {
        _source = source;
        _name = name;
        using var bytes = source.View(0, source.Length);
        var content = GgufHeader.Read(bytes);
        Version = (int)content.Version;
        Alignment = content.Alignment;
        Metadata = new GgufMetadata(content.Metadata);
        Entries = [.. content.Tensors.Select(tensor => new GgufEntry(tensor))];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<CheckpointEntry> Entries { get; }

    /// <summary>The version of the format: 2 or 3.</summary>
    public int Version { get; }

    /// <summary>The multiple of bytes at which each tensor begins.</summary>
    public long Alignment { get; }

    /// <summary>What the file says of the model.</summary>
    public GgufMetadata Metadata { get; }

    internal override string Description => $"GGUF file '{_name}'";

    /// <summary>Opens a file.</summary>
    /// <param name="path">The path of the file.</param>
    /// <returns>The open file; dispose it after its tensors are read.</returns>
    /// <exception cref="GgufException">The file is damaged, or something in it is not supported.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    public static new GgufFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Open(new MappedFile(path), Path.GetFileName(path));
    }

    /// <summary>Opens a file in memory.</summary>
    /// <param name="bytes">The whole file. It is not copied.</param>
    /// <returns>The open file.</returns>
    /// <exception cref="GgufException">The bytes are damaged, or something in them is not supported.</exception>
    public static GgufFile Open(ReadOnlyMemory<byte> bytes) => Open(new MemoryBytes(bytes), "in memory");

    /// <summary>Opens the bytes of a file, which are closed with it, or if it cannot be opened.</summary>
    internal static GgufFile Open(ByteSource source, string name)
    {
        try
        {
            return new GgufFile(source, name);
        }
        catch (Exception error)
        {
            source.Dispose();
            var message = $"The GGUF file '{name}' cannot be read: {error.Message}";
            throw error switch
            {
                InvalidDataException => new GgufFormatException(message, error),
                NotSupportedException => new GgufUnsupportedException(message, error),
                LimitException => new GgufLimitException(message, error),
                _ => error,
            };
        }
    }

    internal override CheckpointException Fault(string message, Exception? cause = null) =>
        cause is null ? new GgufModelException(message) : new GgufFormatException(message, cause);

    internal override StoredTensor Locate(CheckpointEntry entry)
    {
        var tensor = ((GgufEntry)entry).Tensor;
        var bytes = _source.View(tensor.Offset, tensor.Bytes);
        return tensor.Type.Stored is { } type
            ? new StoredTensor(bytes, type, tensor.Shape, Strides: null)
            : new StoredTensor(bytes, ScalarType.Byte, [tensor.Bytes], Strides: null);
    }

    private protected override void Write(CheckpointEntry entry, Tensor destination, Func<Tensor, Tensor>? part)
    {
        var tensor = ((GgufEntry)entry).Tensor;
        if (tensor.Type.Stored is not null)
        {
            base.Write(entry, destination, part);
            return;
        }

        using var blocks = _source.View(tensor.Offset, tensor.Bytes);
        if (part is null)
        {
            BlockCopy.Copy(tensor.Type, blocks, destination);
            return;
        }

        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        var all = empty(tensor.Shape, ScalarType.Float32);
        BlockCopy.Copy(tensor.Type, blocks, all);
        destination.copy_(part(all));
    }

    private protected override void Check(CheckpointEntry entry) { }

    private protected override void Close() => _source.Dispose();
}
