using System.Buffers.Binary;
using static TorchSharp.torch;

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
public sealed partial class SafetensorsFile : IDisposable
{
    private const int LengthBytes = 8;

    // A span has a 32 bit length, so larger tensors are filled in pieces.
    private const long ChunkBytes = 1L << 30;

    private readonly SafetensorsSource _source;
    private readonly long _dataStart;
    private readonly Dictionary<string, SafetensorsEntry> _entries;
    private bool _disposed;

    private SafetensorsFile(SafetensorsSource source)
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

        Span<byte> prefix = stackalloc byte[LengthBytes];
        source.Read(0, prefix);
        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
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
        var json = new byte[headerLength];
        source.Read(LengthBytes, json);
        var (entries, metadata) = SafetensorsHeader.Parse(json, length - _dataStart);
        Entries = entries;
        Metadata = metadata;
        _entries = entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
    }

    /// <summary>The tensors of the file, in the order of its header.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    /// <summary>The names of the tensors, in the order of the header.</summary>
    public IEnumerable<string> Names => Entries.Select(entry => entry.Name);

    /// <summary>The texts in the header's <c>__metadata__</c>; empty if there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file.</summary>
    /// <param name="path">The path of the file.</param>
    /// <returns>The open file; dispose it after its tensors are read.</returns>
    /// <exception cref="SafetensorsException">The file violates the format.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
        {
            throw new SafetensorsException($"'{path}' is a folder; give the path of a file in it.");
        }

        return Open(new SafetensorsSource.FileSource(path));
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
            return Open(new SafetensorsSource.StreamSource(stream, leaveOpen));
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
    public static SafetensorsFile Open(ReadOnlyMemory<byte> bytes) => Open(new SafetensorsSource.MemorySource(bytes));

    /// <summary>Whether the file has a tensor with this name.</summary>
    /// <param name="name">The tensor's name.</param>
    public bool Contains(string name) => _entries.ContainsKey(name);

    /// <summary>Gets the header's entry of one tensor.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <exception cref="KeyNotFoundException">
    /// The file has no such tensor; the message lists names that it has.
    /// </exception>
    public SafetensorsEntry Entry(string name) =>
        _entries.TryGetValue(name, out var entry)
            ? entry
            : throw new KeyNotFoundException(
                $"The safetensors file has no tensor '{name}'; it has {KeyComparison.Shorten(_entries.Keys)}."
            );

    /// <summary>Reads one tensor.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <returns>
    /// A new tensor on the CPU, with the file's element type and shape, that requires no gradient; the caller disposes
    /// it.
    /// </returns>
    /// <exception cref="KeyNotFoundException">The file has no such tensor.</exception>
    /// <exception cref="SafetensorsException">
    /// TorchSharp does not support the element type, or the data is not valid for it.
    /// </exception>
    public Tensor ReadTensor(string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var entry = Entry(name);
        var type = SafetensorsDtype.ToScalarType(entry);
        var tensor = empty(entry.Shape.ToArray(), dtype: type, device: CPU);
        try
        {
            Fill(tensor, entry, _dataStart + entry.Begin);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Reads every tensor of the file.</summary>
    /// <returns>A state dict with new tensors on the CPU, by name. The caller disposes the tensors.</returns>
    public Dictionary<string, Tensor> ReadAll()
    {
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        try
        {
            foreach (var entry in Entries)
            {
                tensors.Add(entry.Name, ReadTensor(entry.Name));
            }

            return tensors;
        }
        catch
        {
            foreach (var tensor in tensors.Values)
            {
                tensor.Dispose();
            }

            throw;
        }
    }

    /// <summary>Closes the file. Tensors that were read from it stay valid.</summary>
    public void Dispose()
    {
        _disposed = true;
        _source.Dispose();
    }

    private static SafetensorsFile Open(SafetensorsSource source)
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

    private void Fill(Tensor tensor, SafetensorsEntry entry, long offset)
    {
        var length = tensor.NumberOfElements * tensor.ElementSize;
        if (length == 0)
        {
            return;
        }

        if (length <= ChunkBytes)
        {
            FillPiece(tensor, entry, offset);
            return;
        }

        using var flat = tensor.view(-1);
        var perPiece = ChunkBytes / tensor.ElementSize;
        for (long done = 0; done < tensor.NumberOfElements; done += perPiece)
        {
            using var piece = flat.narrow(0, done, Math.Min(perPiece, tensor.NumberOfElements - done));
            FillPiece(piece, entry, offset + (done * tensor.ElementSize));
        }
    }

    private void FillPiece(Tensor piece, SafetensorsEntry entry, long offset)
    {
        var bytes = piece.bytes;
        _source.Read(offset, bytes);
        if (entry.Dtype == "BOOL" && bytes.ContainsAnyExceptInRange((byte)0, (byte)1))
        {
            throw new SafetensorsException($"Tensor '{entry.Name}' is BOOL, but holds bytes other than 0 and 1.");
        }
    }
}
