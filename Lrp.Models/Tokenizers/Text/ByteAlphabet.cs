using System.Text;

namespace Lrp.Models.Tokenizers.Text;

/// <summary>
/// GPT-2's alphabet: each byte as a visible character. Printable bytes of Latin-1 stand for themselves, the others
/// for the characters from U+0100 on.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] Chars = Make();
    private static readonly Dictionary<char, byte> Bytes = Enumerable
        .Range(0, 256)
        .ToDictionary(value => Chars[value], value => (byte)value);

    /// <summary>The character of a blank, Ġ.</summary>
    public static readonly char Blank = Chars[' '];

    public static char Of(byte value) => Chars[value];

    /// <summary>Writes the bytes that characters stand for.</summary>
    /// <returns>Whether all of them belong to the alphabet; where not, nothing is written.</returns>
    public static bool TryRead(string token, List<byte> bytes)
    {
        var before = bytes.Count;
        foreach (var value in token)
        {
            if (!Bytes.TryGetValue(value, out var read))
            {
                bytes.RemoveRange(before, bytes.Count - before);
                return false;
            }

            bytes.Add(read);
        }

        return true;
    }

    /// <summary>Appends a part of a text, each character as its bytes of UTF-8.</summary>
    public static void Append(AlignedText from, int start, int length, AlignedText to)
    {
        var chars = from.Chars.Slice(start, length);
        Span<byte> bytes = stackalloc byte[4];
        var i = 0;
        while (i < chars.Length)
        {
            var origin = from.Origins[start + i];
            if (char.IsAscii(chars[i]))
            {
                to.Append(Chars[chars[i]], origin);
                i++;
                continue;
            }

            _ = Rune.DecodeFromUtf16(chars[i..], out var rune, out var used);
            foreach (var value in bytes[..rune.EncodeToUtf8(bytes)])
            {
                to.Append(Chars[value], origin);
            }

            i += used;
        }
    }

    private static char[] Make()
    {
        var chars = new char[256];
        var next = 256;
        for (var value = 0; value < 256; value++)
        {
            var visible = value is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE;
            chars[value] = visible ? (char)value : (char)next++;
        }

        return chars;
    }
}
