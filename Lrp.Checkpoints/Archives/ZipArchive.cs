using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;
using Lrp.Checkpoints.Bytes;

namespace Lrp.Checkpoints.Archives;

/// <summary>A zip file whose entries can be used where they lie in the file.</summary>
/// <remarks>
/// The archive of System.IO.Compression gives a stream for an entry, but not its place in the file, so that an entry
/// that is stored as it is could not be mapped into memory. Only stored and deflated entries are read; no encryption
/// and no archive of several files.
/// </remarks>
internal sealed class ZipArchive
{
    private const uint LocalSignature = 0x04034b50;
    private const int LocalBytes = 30;

    private readonly ByteSource _source;
    private readonly Dictionary<string, ZipEntry> _entries;
    private readonly HashSet<string> _checked = new(StringComparer.Ordinal);

    public ZipArchive(ByteSource source)
    {
        _source = source;
        _entries = new Dictionary<string, ZipEntry>(StringComparer.Ordinal);
        foreach (var entry in ZipDirectory.Read(source))
        {
            if (!_entries.TryAdd(entry.Name, entry))
            {
                throw new InvalidDataException($"the zip file has two entries called '{entry.Name}'.");
            }
        }
    }

    public IReadOnlyCollection<string> Names => _entries.Keys;

    public ZipEntry? Find(string name) => _entries.GetValueOrDefault(name);

    /// <summary>All bytes of an entry that is small, its checksum compared.</summary>
    public byte[] Read(ZipEntry entry)
    {
        Check(entry);
        using var view = Open(entry, 0, entry.Length);
        return view.All.ToArray();
    }

    /// <summary>A part of an entry's bytes: those of the file itself, or inflated ones.</summary>
    public ByteView Open(ZipEntry entry, long offset, long length)
    {
        if (!entry.Deflated)
        {
            return _source.View(DataOffset(entry) + offset, length);
        }

        return length == 0 ? ByteView.Empty : NativeBuffer.Fill(length, part => Inflate(entry, offset, length, part));
    }

    /// <summary>Compares the checksum of an entry, the first time that it is asked to.</summary>
    /// <exception cref="InvalidDataException">The checksum is another one: bytes have changed.</exception>
    public void Check(ZipEntry entry)
    {
        if (_checked.Contains(entry.Name))
        {
            return;
        }

        var crc = new Crc32();
        using (var view = Open(entry, 0, entry.Length))
        {
            view.ForEachPiece(crc.Append);
        }

        var actual = crc.GetCurrentHashAsUInt32();
        if (actual != entry.Crc)
        {
            throw new InvalidDataException(
                $"the CRC of {entry.Name} is {actual:x8}, but the zip file says {entry.Crc:x8}: it is damaged; "
                    + "copy or download it once more."
            );
        }

        _checked.Add(entry.Name);
    }

    private long DataOffset(ZipEntry entry)
    {
        var header = _source.Read(entry.HeaderOffset, LocalBytes);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != LocalSignature)
        {
            throw new InvalidDataException($"at the place of the zip entry {entry.Name} there is none: it is damaged.");
        }

        var nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(26));
        var extraLength = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(28));
        var name = Encoding.UTF8.GetString(_source.Read(entry.HeaderOffset + LocalBytes, nameLength));
        return name == entry.Name
            ? entry.HeaderOffset + LocalBytes + nameLength + extraLength
            : throw new InvalidDataException(
                $"the zip entry {entry.Name} is called {name} at its place: the file is damaged."
            );
    }

    private void Inflate(ZipEntry entry, long offset, long length, Stream destination)
    {
        using var stored = _source.View(DataOffset(entry), entry.StoredLength);
        using var compressed = Stream(stored);
        using var inflated = new DeflateStream(compressed, CompressionMode.Decompress);
        var piece = new byte[81920];
        var skip = offset;
        var left = length;
        while (left > 0)
        {
            var read = inflated.Read(piece, 0, (int)Math.Min(piece.Length, skip > 0 ? skip : left));
            if (read == 0)
            {
                throw new InvalidDataException(
                    $"the zip entry {entry.Name} has fewer than the {entry.Length} bytes that the directory says."
                );
            }

            if (skip > 0)
            {
                skip -= read;
                continue;
            }

            destination.Write(piece, 0, read);
            left -= read;
        }
    }

    private static unsafe UnmanagedMemoryStream Stream(ByteView view) => new(view.Pointer, view.Length);
}
