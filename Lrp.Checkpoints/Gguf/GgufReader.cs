using System.Runtime.CompilerServices;
using System.Text;
using Lrp.Checkpoints.Bytes;

namespace Lrp.Checkpoints.Gguf;

/// <summary>Reads numbers and texts one after the other, and never past the end.</summary>
internal sealed unsafe class GgufReader(ByteView bytes)
{
    private const long MaxTextBytes = 1 << 28;

    private static readonly UTF8Encoding Strict = new(
        encoderShouldEmitUTF8Identifier: false,
        throwOnInvalidBytes: true
    );

    /// <summary>What is being read, for messages.</summary>
    public string Reading { get; set; } = "the header";

    /// <summary>The place of the next byte.</summary>
    public long Position { get; private set; }

    /// <summary>How many bytes follow.</summary>
    public long Left => bytes.Length - Position;

    /// <summary>A number as it lies in the file.</summary>
    public T Read<T>()
        where T : unmanaged => Unsafe.ReadUnaligned<T>(Take(sizeof(T)));

    /// <summary>Numbers that lie one after the other.</summary>
    public T[] ReadMany<T>(long count)
        where T : unmanaged
    {
        var values = NewArray<T>(count);
        var from = Take(count * sizeof(T));
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Unsafe.ReadUnaligned<T>(from + ((long)i * sizeof(T)));
        }

        return values;
    }

    /// <summary>A length, and as many bytes of UTF-8.</summary>
    public string ReadText()
    {
        var length = ReadCount(1, "bytes");
        if (length == 0)
        {
            return string.Empty;
        }

        if (length > MaxTextBytes)
        {
            throw new LimitException($"{Reading} is a text of {length} bytes, and {MaxTextBytes} are the most.");
        }

        try
        {
            return Strict.GetString(Take(length), (int)length);
        }
        catch (DecoderFallbackException error)
        {
            throw new InvalidDataException($"{Reading} is no valid UTF-8 text; write the file anew.", error);
        }
    }

    /// <summary>A truth value.</summary>
    public bool ReadFlag() =>
        Read<byte>() switch
        {
            0 => false,
            1 => true,
            var other => throw new InvalidDataException($"{Reading} is a bool of {other}; it can be 0 or 1."),
        };

    /// <summary>A number of things that follow.</summary>
    /// <param name="leastBytes">The fewest bytes that one of them takes.</param>
    /// <param name="things">What they are, for messages.</param>
    /// <exception cref="InvalidDataException">Not so many bytes follow.</exception>
    public long ReadCount(int leastBytes, string things)
    {
        var count = Read<ulong>();
        return count <= (ulong)Left / (ulong)leastBytes
            ? (long)count
            : throw new InvalidDataException(
                $"{Reading} promises {count} {things} at byte {Position}, but only {Left} bytes follow: the file is "
                    + "cut short or damaged."
            );
    }

    /// <summary>An array for items that are read one by one.</summary>
    public T[] NewArray<T>(long count) =>
        count <= Array.MaxLength
            ? new T[count]
            : throw new LimitException($"{Reading} is an array of {count} items, and {Array.MaxLength} are the most.");

    private byte* Take(long count)
    {
        if (count > Left)
        {
            throw new InvalidDataException(
                $"the file ends within {Reading}: {count} bytes are needed at byte {Position}, and {Left} follow. It "
                    + "is cut short or damaged; download or copy it once more."
            );
        }

        var at = bytes.Pointer + Position;
        Position += count;
        return at;
    }
}
