using System.Buffers.Binary;
using System.Text;

namespace Lrp.Onnx.Format;

/// <summary>How a field of a protocol buffer is written.</summary>
internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}

/// <summary>
/// Reads the fields of one protocol buffer message out of mapped memory. Nothing is copied, and nothing is allocated
/// for a length that a field only claims.
/// </summary>
internal unsafe struct WireReader
{
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    private readonly byte* _file;
    private readonly byte* _end;
    private byte* _position;

    private WireReader(byte* file, byte* start, byte* end)
    {
        _file = file;
        _position = start;
        _end = end;
    }

    /// <summary>A reader of a whole file.</summary>
    public static WireReader Of(byte* start, long length) => new(start, start, start + length);

    /// <summary>The number of the field that <see cref="Next"/> read.</summary>
    public int Field { get; private set; }

    /// <summary>How that field is written.</summary>
    public WireType Type { get; private set; }

    /// <summary>Where in the file the reader is.</summary>
    public readonly long Offset => _position - _file;

    /// <summary>Reads the number and the type of the next field; false at the end of the message.</summary>
    public bool Next()
    {
        if (_position == _end)
        {
            return false;
        }

        var key = Varint();
        Field = (int)Math.Min(key >> 3, int.MaxValue);
        Type = (WireType)(key & 7);
        return Field > 0 && Enum.IsDefined(Type)
            ? true
            : throw Broken($"there is no field of number {key >> 3} and type {key & 7}");
    }

    /// <summary>A whole number, whatever its size.</summary>
    public long Integer()
    {
        Expect(WireType.Varint);
        return (long)Varint();
    }

    /// <summary>A float.</summary>
    public float Single()
    {
        Expect(WireType.Fixed32);
        return BinaryPrimitives.ReadSingleLittleEndian(Take(4));
    }

    /// <summary>A text.</summary>
    public string Text()
    {
        var bytes = Bytes(out var length);
        if (length > 1 << 20)
        {
            throw Broken("a text is longer than a megabyte");
        }

        try
        {
            return Utf8.GetString(bytes, (int)length);
        }
        catch (DecoderFallbackException)
        {
            throw Broken("a text is not UTF-8");
        }
    }

    /// <summary>The bytes of a field, in the mapped file.</summary>
    public byte* Bytes(out long length)
    {
        Expect(WireType.Bytes);
        length = Length();
        var start = _position;
        _position += length;
        return start;
    }

    /// <summary>A reader of the message in this field.</summary>
    public WireReader Message()
    {
        var start = Bytes(out var length);
        return new WireReader(_file, start, start + length);
    }

    /// <summary>Adds the whole numbers of a repeated field, packed or one by one.</summary>
    public void Integers(List<long> to)
    {
        if (Type != WireType.Bytes)
        {
            to.Add(Integer());
            return;
        }

        var packed = Message();
        while (packed._position != packed._end)
        {
            to.Add((long)packed.Varint());
        }
    }

    /// <summary>Adds the floats of a repeated field, packed or one by one.</summary>
    public void Singles(List<double> to)
    {
        if (Type != WireType.Bytes)
        {
            to.Add(Single());
            return;
        }

        var packed = Message();
        while (packed._position != packed._end)
        {
            to.Add(BinaryPrimitives.ReadSingleLittleEndian(packed.Take(4)));
        }
    }

    /// <summary>Adds the doubles of a repeated field, packed or one by one.</summary>
    public void Doubles(List<double> to)
    {
        var packed = this;
        if (Type == WireType.Bytes)
        {
            packed = Message();
            while (packed._position != packed._end)
            {
                to.Add(BinaryPrimitives.ReadDoubleLittleEndian(packed.Take(8)));
            }

            return;
        }

        Expect(WireType.Fixed64);
        to.Add(BinaryPrimitives.ReadDoubleLittleEndian(Take(8)));
    }

    /// <summary>Leaves out a field that nobody needs.</summary>
    public void Skip()
    {
        switch (Type)
        {
            case WireType.Varint:
                Varint();
                break;
            case WireType.Fixed64:
                Take(8);
                break;
            case WireType.Fixed32:
                Take(4);
                break;
            default:
                Bytes(out _);
                break;
        }
    }

    /// <summary>The fault that the file has here.</summary>
    public readonly OnnxFormatException Broken(string what) =>
        new($"This is no ONNX model: at byte {Offset} {what}. Download or export the file once more.");

    private readonly void Expect(WireType type)
    {
        if (Type != type)
        {
            throw Broken($"field {Field} is written as {Type}, not as {type}");
        }
    }

    private long Length()
    {
        var length = Varint();
        return length <= (ulong)(_end - _position)
            ? (long)length
            : throw Broken($"a field of {length} bytes does not fit into the {_end - _position} that are left");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (_end - _position < count)
        {
            throw Broken("a number is cut off");
        }

        var taken = new ReadOnlySpan<byte>(_position, count);
        _position += count;
        return taken;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (_position == _end)
            {
                throw Broken("a number is cut off");
            }

            var part = *_position++;
            value |= (ulong)(part & 0x7F) << Math.Min(shift, 63);
            if (part < 0x80)
            {
                return value;
            }
        }

        throw Broken("a number has no end");
    }
}
