using System.Text;
using Lrp.Models.Tokenizers.Text;

namespace Lrp.Models.Tokenizers.Normalizers;

/// <summary>Changes each character for itself.</summary>
/// <param name="write">Writes what becomes of a character that comes from a place.</param>
internal sealed class RuneNormalizer(Action<Rune, Origin, AlignedText> write) : INormalizer
{
    /// <summary>Tokenizer.json's Lowercase.</summary>
    public static RuneNormalizer Lowercase { get; } =
        new(
            (rune, origin, result) =>
            {
                Span<char> room = stackalloc char[2];
                result.Append(CharClasses.Lower(rune, room), origin);
            }
        );

    /// <summary>Tokenizer.json's StripAccents: no marks.</summary>
    public static RuneNormalizer StripAccents { get; } = Filter(rune => !CharClasses.IsMark(rune));

    /// <summary>Tokenizer.json's Nmt: no controls, and blanks of every kind as one blank.</summary>
    public static RuneNormalizer Nmt { get; } =
        new(
            (rune, origin, result) =>
            {
                if (rune.Value is not (>= 1 and <= 8 or 0x0B or >= 0x0E and <= 0x1F or 0x7F or 0x8F or 0x9F))
                {
                    result.Append(IsNmtBlank(rune) ? new Rune(' ') : rune, origin);
                }
            }
        );

    /// <summary>Keeps the characters that fulfil a condition.</summary>
    public static RuneNormalizer Filter(Func<Rune, bool> keep) =>
        new(
            (rune, origin, result) =>
            {
                if (keep(rune))
                {
                    result.Append(rune, origin);
                }
            }
        );

    public AlignedText Normalize(AlignedText text)
    {
        var result = new AlignedText(text.Start, text.Length);
        var position = 0;
        foreach (var rune in text.Chars.EnumerateRunes())
        {
            write(rune, text.Origins[position], result);
            position += rune.Utf16SequenceLength;
        }

        return result;
    }

    private static bool IsNmtBlank(Rune rune) =>
        rune.Value
            is 0x09
                or 0x0A
                or 0x0C
                or 0x0D
                or 0x1680
                or >= 0x200B
                and <= 0x200F
                or 0x2028
                or 0x2029
                or 0x2581
                or 0xFEFF
                or 0xFFFD;
}
