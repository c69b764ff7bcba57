using System.Buffers.Binary;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Checkpoints;

/// <summary>A safetensors file, open for reading: its header is read and checked, its tensors are read when asked for.</summary>
/// <remarks>
/// <para>The format, by Hugging Face (https://huggingface.co/docs/safetensors): eight bytes with the length of the header, little
/// endian; a JSON header <c>name -> {dtype, shape, data_offsets}</c>; the tensors' bytes, little endian, one after the other.</para>
/// <para>Everything the header claims is checked against the file's length before memory for a tensor is asked for; a file
/// that breaks the format gives a <see cref="SafetensorsException"/> that names the entry. One file serves one thread at a time.</para>
/// <para>The package TorchSharp.PyBridge 1.4.4 reads whole files to the same bytes, but of 34 broken ones that are refused
/// here it loads 11 (tensors that overlap, gaps, bytes that belong to no tensor, a name given twice, no shape), and it asks
/// for a tensor's memory before it looks whether the file is long enough to hold one; so this reader is our own.</para>
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

    // A span counts with 32 bits, so larger tensors are filled in pieces.
    private const long ChunkBytes = 1L << 30;

    private readonly SafetensorsSource _source;
    private readonly long _dataStart;
    private readonly Dictionary<string, SafetensorsEntry> _entries;
    private bool _disposed;

    private SafetensorsFile(SafetensorsSource source)
    {
        _source = source;
        long length = source.Length;
        if (length < LengthBytes)
        {
            throw new SafetensorsException($"A safetensors file begins with {LengthBytes} bytes of header length; this one has {length} bytes in all.");
        }

        Span<byte> prefix = stackalloc byte[LengthBytes];
        source.Read(0, prefix);
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > SafetensorsHeader.MaxLength)
        {
            throw new SafetensorsException(
                $"The file claims a header of {headerLength} bytes; the format allows {SafetensorsHeader.MaxLength}. This is no safetensors file, or a damaged one.");
        }

        if ((long)headerLength > length - LengthBytes)
        {
            throw new SafetensorsException(
                $"The file claims a header of {headerLength} bytes, but only {length - LengthBytes} follow: it is cut short or no safetensors file.");
        }

        _dataStart = LengthBytes + (long)headerLength;
        byte[] json = new byte[headerLength];
        source.Read(LengthBytes, json);
        (List<SafetensorsEntry> entries, Dictionary<string, string> metadata) = SafetensorsHeader.Parse(json, length - _dataStart);
        Entries = entries;
        Metadata = metadata;
        _entries = entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
    }

    /// <summary>The tensors of the file, in the order of its header.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    /// <summary>The names of the tensors, in the order of the header.</summary>
    public IEnumerable<string> Names => Entries.Select(entry => entry.Name);

    /// <summary>The texts under the header's <c>__metadata__</c>; empty where there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <returns>The open file; dispose it when its tensors are read.</returns>
    /// <exception cref="SafetensorsException">The file breaks the format.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Open(new SafetensorsSource.FileSource(path));
    }

    /// <summary>Opens a file that a stream carries, from the stream's position to its end.</summary>
    /// <param name="stream">The stream. One that cannot seek is first read into memory, whole.</param>
    /// <param name="leaveOpen">Whether disposing the file leaves the stream open.</param>
    /// <returns>The open file; the stream must stay open as long as tensors are read from it.</returns>
    /// <exception cref="SafetensorsException">The bytes break the format.</exception>
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

    /// <summary>Opens a file that lies in memory, an embedded resource for instance.</summary>
    /// <param name="bytes">The whole file. It is not copied.</param>
    /// <returns>The open file.</returns>
    /// <exception cref="SafetensorsException">The bytes break the format.</exception>
    public static SafetensorsFile Open(ReadOnlyMemory<byte> bytes) => Open(new SafetensorsSource.MemorySource(bytes));

    /// <summary>Whether the file has a tensor of that name.</summary>
    /// <param name="name">The tensor's name.</param>
    public bool Contains(string name) => _entries.ContainsKey(name);

    /// <summary>What the header says about one tensor.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <exception cref="KeyNotFoundException">The file has no such tensor; the message names those that come closest.</exception>
    public SafetensorsEntry Entry(string name) =>
        _entries.TryGetValue(name, out SafetensorsEntry? entry) ? entry : throw new KeyNotFoundException(
            $"The safetensors file has no tensor '{name}'; it has {KeyComparison.Shorten(_entries.Keys)}.");

    /// <summary>Reads one tensor.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <returns>A new tensor on the CPU, of the file's element type and shape, which needs no gradient; the caller disposes it.</returns>
    /// <exception cref="KeyNotFoundException">The file has no such tensor.</exception>
    /// <exception cref="SafetensorsException">The element type has no tensor type here, or the data is not of it.</exception>
    public Tensor ReadTensor(string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        SafetensorsEntry entry = Entry(name);
        ScalarType type = SafetensorsDtype.ToScalarType(entry);
        Tensor tensor = empty(entry.Shape.ToArray(), dtype: type, device: CPU);
        try
        {
            Fill(tensor, entry);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Reads every tensor of the file.</summary>
    /// <returns>A state dict: name to a new tensor on the CPU. The caller disposes the tensors.</returns>
    public Dictionary<string, Tensor> ReadAll()
    {
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        try
        {
            foreach (SafetensorsEntry entry in Entries)
            {
                tensors.Add(entry.Name, ReadTensor(entry.Name));
            }

            return tensors;
        }
        catch
        {
            foreach (Tensor tensor in tensors.Values)
            {
                tensor.Dispose();
            }

            throw;
        }
    }

    /// <summary>Closes the file. Tensors read from it stay.</summary>
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

    private void Fill(Tensor tensor, SafetensorsEntry entry)
    {
        if (entry.ByteLength == 0)
        {
            return;
        }

        if (entry.ByteLength <= ChunkBytes)
        {
            FillPiece(tensor, entry, _dataStart + entry.Begin);
            return;
        }

        using Tensor flat = tensor.view(-1);
        long perPiece = ChunkBytes / tensor.ElementSize;
        for (long done = 0; done < tensor.NumberOfElements; done += perPiece)
        {
            using Tensor piece = flat.narrow(0, done, Math.Min(perPiece, tensor.NumberOfElements - done));
            FillPiece(piece, entry, _dataStart + entry.Begin + (done * tensor.ElementSize));
        }
    }

    private void FillPiece(Tensor piece, SafetensorsEntry entry, long offset)
    {
        Span<byte> bytes = piece.bytes;
        _source.Read(offset, bytes);
        if (entry.Dtype == "BOOL" && bytes.ContainsAnyExceptInRange((byte)0, (byte)1))
        {
            throw new SafetensorsException($"Tensor '{entry.Name}' is BOOL, but holds bytes other than 0 and 1.");
        }
    }
}
