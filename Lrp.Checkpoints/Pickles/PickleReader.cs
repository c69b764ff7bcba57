using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Lrp.Checkpoints.Bytes;

namespace Lrp.Checkpoints.Pickles;

/// <summary>Reads the arguments of a pickle's operations, never beyond its end.</summary>
/// <param name="bytes">The bytes, which stay the caller's.</param>
internal sealed class PickleReader(ByteView bytes)
{
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>Where the next byte is read.</summary>
    public long Position { get; private set; }

    public byte Byte() => Take(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort)));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    /// <summary>A floating-point number, which a pickle stores with its highest byte first.</summary>
    public double Double() => BinaryPrimitives.ReadDoubleBigEndian(Take(sizeof(double)));

    public byte[] Bytes(long count) => Take(count).ToArray();

    public string Text(long count)
    {
        try
        {
            return Utf8.GetString(Take(count));
        }
        catch (DecoderFallbackException error)
        {
            throw new InvalidDataException("the pickle has a text that is not UTF-8.", error);
        }
    }

    /// <summary>A whole number of so many bytes, lowest first.</summary>
    public object Integer(long count) => PickleText.Narrow(new BigInteger(Take(count)));

    /// <summary>The text to the end of the line.</summary>
    public string Line()
    {
        var start = Position;
        while (Byte() != (byte)'\n') { }

        var length = Position - start - 1;
        Position = start;
        var line = Text(length);
        Position++;
        return line;
    }

    private unsafe ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > bytes.Length - Position || count > int.MaxValue)
        {
            throw new InvalidDataException(
                $"truncated pickle: {count} bytes are needed at byte {Position} of {bytes.Length}; the file was cut "
                    + "short or is damaged."
            );
        }

        var taken = new ReadOnlySpan<byte>(bytes.Pointer + Position, (int)count);
        Position += count;
        return taken;
    }
}
