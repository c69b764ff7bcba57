using System.Buffers.Binary;
using System.Text;
using Lrp.Checkpoints.Bytes;

namespace Lrp.Checkpoints.Archives;

/// <summary>
/// Reads the central directory at the end of a zip file (PKWARE's APPNOTE 6.3, sections 4.3.12 to 4.5.3).
/// </summary>
internal static class ZipDirectory
{
    private const uint EndSignature = 0x06054b50;
    private const uint LocatorSignature = 0x07064b50;
    private const uint End64Signature = 0x06064b50;
    private const uint EntrySignature = 0x02014b50;
    private const int EndBytes = 22;
    private const int LocatorBytes = 20;
    private const int End64Bytes = 56;
    private const int EntryBytes = 46;
    private const int MaxComment = ushort.MaxValue;
    private const ushort Zip64Field = 1;
    private const ushort Stored = 0;
    private const ushort Deflate = 8;
    private const long MaxDirectoryBytes = 1 << 28;

    // Deflate's best ratio is 1032 to 1; more is a claim that would only take memory.
    private const long MaxRatio = 1032;

    public static List<ZipEntry> Read(ByteSource source)
    {
        var (offset, length) = Place(source);
        if (length > MaxDirectoryBytes || offset < 0 || length < 0 || offset > source.Length - length)
        {
            throw new InvalidDataException("the directory of the zip file lies outside the file: it is damaged.");
        }

        var bytes = source.Read(offset, length);
        var entries = new List<ZipEntry>();
        var position = 0;
        while (position < bytes.Length)
        {
            var (entry, size) = ReadEntry(bytes.AsSpan(position), source.Length);
            entries.Add(entry);
            position += size;
        }

        return entries;
    }

    private static (long Offset, long Length) Place(ByteSource source)
    {
        var tailLength = Math.Min(source.Length, EndBytes + MaxComment);
        var tail = source.Read(source.Length - tailLength, tailLength);
        for (var at = tail.Length - EndBytes; at >= 0; at--)
        {
            var end = tail.AsSpan(at);
            if (UInt32(end, 0) == EndSignature && UInt16(end, 20) == end.Length - EndBytes)
            {
                var position = source.Length - tailLength + at;
                return
                    UInt32(end, 16) == uint.MaxValue
                    || UInt32(end, 12) == uint.MaxValue
                    || UInt16(end, 10) == ushort.MaxValue
                    ? Place64(source, position)
                    : (UInt32(end, 16), UInt32(end, 12));
            }
        }

        throw new InvalidDataException(
            "it begins like a zip file but has no directory at its end: it is truncated; download or copy it once more."
        );
    }

    private static (long Offset, long Length) Place64(ByteSource source, long end)
    {
        var locator = source.Read(end - LocatorBytes, LocatorBytes);
        if (UInt32(locator, 0) != LocatorSignature)
        {
            throw new InvalidDataException("the zip file's 64 bit directory is not where it must be: it is damaged.");
        }

        var record = source.Read(Int64(locator, 8), End64Bytes);
        return UInt32(record, 0) == End64Signature
            ? (Int64(record, 48), Int64(record, 40))
            : throw new InvalidDataException("the zip file's 64 bit directory is not what it must be: it is damaged.");
    }

    private static (ZipEntry Entry, int Size) ReadEntry(ReadOnlySpan<byte> bytes, long fileLength)
    {
        if (bytes.Length < EntryBytes || UInt32(bytes, 0) != EntrySignature)
        {
            throw new InvalidDataException("the directory of the zip file is damaged.");
        }

        int nameLength = UInt16(bytes, 28);
        int extraLength = UInt16(bytes, 30);
        var size = EntryBytes + nameLength + extraLength + UInt16(bytes, 32);
        if (size > bytes.Length)
        {
            throw new InvalidDataException("the directory of the zip file is cut short.");
        }

        var name = Encoding.UTF8.GetString(bytes.Slice(EntryBytes, nameLength));
        long stored = UInt32(bytes, 20);
        long length = UInt32(bytes, 24);
        long offset = UInt32(bytes, 42);
        Extend(bytes.Slice(EntryBytes + nameLength, extraLength), ref length, ref stored, ref offset);
        var method = UInt16(bytes, 10);
        if ((UInt16(bytes, 8) & 1) != 0 || method is not (Stored or Deflate))
        {
            throw new InvalidDataException(
                $"the zip entry {name} is encrypted or compressed by another method than deflate; save it anew."
            );
        }

        var fits = method == Stored ? length == stored : stored > 0 && length / MaxRatio <= stored;
        if (!fits || length < 0 || stored < 0 || offset < 0 || offset > fileLength - stored)
        {
            throw new InvalidDataException(
                $"the zip entry {name} cannot have {length} bytes of which {stored} are stored at byte {offset} of a "
                    + $"file of {fileLength}: it is damaged or cut short."
            );
        }

        return (new ZipEntry(name, method == Deflate, UInt32(bytes, 16), stored, length, offset), size);
    }

    // Numbers that 32 bits cannot hold are in an extra field, in this order, and only those.
    private static void Extend(ReadOnlySpan<byte> extra, ref long length, ref long stored, ref long offset)
    {
        while (extra.Length >= 4)
        {
            var size = Math.Min(UInt16(extra, 2), extra.Length - 4);
            if (UInt16(extra, 0) == Zip64Field)
            {
                var field = extra.Slice(4, size);
                Take(ref field, ref length);
                Take(ref field, ref stored);
                Take(ref field, ref offset);
                return;
            }

            extra = extra[(4 + size)..];
        }
    }

    private static void Take(ref ReadOnlySpan<byte> field, ref long value)
    {
        if (value == uint.MaxValue && field.Length >= sizeof(long))
        {
            value = Int64(field, 0);
            field = field[sizeof(long)..];
        }
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, int at) =>
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint UInt32(ReadOnlySpan<byte> bytes, int at) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long Int64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
}
