using System.Buffers.Binary;
using Lrp.Checkpoints.Bytes;

namespace Lrp.Checkpoints;

/// <summary>
/// A safetensors file that is open for reading. The header is read and checked when the file is opened; tensors are
/// read on request.
/// </summary>
/// <remarks>
/// <para>
/// The format, by Hugging Face (https://huggingface.co/docs/safetensors): eight bytes with the length of the header,
/// little endian; a JSON header <c>name -> {dtype, shape, data_offsets}</c>; the bytes of the tensors, little endian,
/// one after the other.</para>
/// <para>
/// Everything in the header is checked against the file's length before memory for a tensor is allocated. A file that
/// violates the format causes a <see cref="SafetensorsException"/> that names the entry. A file must be used by one
/// thread at a time.</para>
/// <para>
/// The package TorchSharp.PyBridge 1.4.4 reads valid files to the same bytes. Of 34 invalid files that are rejected
/// here, it loads 11 (tensors that overlap, gaps, bytes that belong to no tensor, a name given twice, no shape), and it
/// allocates a tensor's memory before it checks that the file is long enough. This reader is therefore separate.</para>
/// </remarks>
/// <example>
/// <code>
/// using var file = SafetensorsFile.Open("digits.safetensors");
/// using Tensor weight = file.ReadTensor("0.weight");
/// </code>
/// </example>
public sealed partial class SafetensorsFile : Checkpoint
{
    private const int LengthBytes = 8;

    private readonly ByteSource _source;
    private readonly long _dataStart;

    private SafetensorsFile(ByteSource source)
    {
        _source = source;
        var length = source.Length;
        if (length < LengthBytes)
        {
            throw new SafetensorsException(
                $"A safetensors file begins with {LengthBytes} bytes of header length, but this one has only {length} "
                    + "bytes."
            );
        }

        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(source.Read(0, LengthBytes));
        if (headerLength > SafetensorsHeader.MaxLength)
        {
            throw new SafetensorsException(
                $"The file claims a header of {headerLength} bytes, but the format allows "
                    + $"{SafetensorsHeader.MaxLength}. It is damaged or not a safetensors file."
            );
        }

        if ((long)headerLength > length - LengthBytes)
        {
            throw new SafetensorsException(
                $"The file claims a header of {headerLength} bytes, but only {length - LengthBytes} follow: it is "
                    + "cut short or not a safetensors file."
            );
        }

        _dataStart = LengthBytes + (long)headerLength;
        using var json = source.View(LengthBytes, (long)headerLength);
        (Entries, Metadata) = SafetensorsHeader.Parse(json.All, length - _dataStart);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<CheckpointEntry> Entries { get; }

    /// <summary>The texts in the header's <c>__metadata__</c>; empty if there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    internal override string Description => "safetensors file";

    /// <summary>Opens a file.</summary>
    /// <param name="path">The path of the file.</param>
    /// <returns>The open file; dispose it after its tensors are read.</returns>
    /// <exception cref="SafetensorsException">The file violates the format.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    public static new SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
        {
            throw new SafetensorsException($"'{path}' is a folder; give the path of a file in it.");
        }

        var source = new MappedFile(path);
        try
        {
            GitLfsPointer.ThrowIf(source, path);
            return Open(source);
        }
        catch (SafetensorsException error)
        {
            throw new SafetensorsException($"'{Path.GetFileName(path)}': {error.Message}", error);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Opens a file in a stream, from the stream's position to its end.</summary>
    /// <param name="stream">The stream. If it cannot seek, it is first read into memory completely.</param>
    /// <param name="leaveOpen">Whether disposing the file leaves the stream open.</param>
    /// <returns>The open file; the stream must stay open as long as tensors are read from it.</returns>
    /// <exception cref="SafetensorsException">The bytes violate the format.</exception>
    public static SafetensorsFile Open(Stream stream, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (stream.CanSeek)
        {
            return Open(new StreamBytes(stream, leaveOpen));
        }

        var memory = new MemoryStream();
        stream.CopyTo(memory);
        if (!leaveOpen)
        {
            stream.Dispose();
        }

        return Open(memory.GetBuffer().AsMemory(0, (int)memory.Length));
    }

    /// <summary>Opens a file in memory, for example an embedded resource.</summary>
    /// <param name="bytes">The whole file. It is not copied.</param>
    /// <returns>The open file.</returns>
    /// <exception cref="SafetensorsException">The bytes violate the format.</exception>
    public static SafetensorsFile Open(ReadOnlyMemory<byte> bytes) => Open(new MemoryBytes(bytes));

    internal override CheckpointException Fault(string message, Exception? cause = null) =>
        cause is null ? new SafetensorsException(message) : new SafetensorsException(message, cause);

    internal override StoredTensor Locate(CheckpointEntry entry) =>
        new(
            _source.View(_dataStart + ((SafetensorsEntry)entry).Begin, entry.ByteLength),
            entry.Type!.Value,
            [.. entry.Shape],
            Strides: null
        );

    private protected override void Check(CheckpointEntry entry) => CheckBooleans(entry);

    private protected override void Close() => _source.Dispose();

    private static SafetensorsFile Open(ByteSource source)
    {
        try
        {
            return new SafetensorsFile(source);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }
}
