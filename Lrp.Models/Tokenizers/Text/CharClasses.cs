using System.Globalization;
using System.Text;

namespace Lrp.Models.Tokenizers.Text;

/// <summary>Classes of characters, as the reference implementation draws them.</summary>
/// <remarks>
/// The reference has Unicode's tables of 2015 to 2023, depending on the class, and .NET those of today. So they differ
/// for characters that are newer: format characters (20), marks (about 400) and punctuation (142) of rare scripts.
/// </remarks>
internal static class CharClasses
{
    /// <summary>A character of ASCII that is neither letter, digit, blank nor control, or one of Unicode's P.</summary>
    public static bool IsPunctuation(Rune rune) =>
        rune.IsAscii
            ? rune.Value is > ' ' and < 0x7F && !char.IsAsciiLetterOrDigit((char)rune.Value)
            : Rune.IsPunctuation(rune);

    /// <summary>Controls, format characters and private use; tab, line feed and carriage return do not count.</summary>
    public static bool IsControl(Rune rune) =>
        rune.Value is not ('\t' or '\n' or '\r')
        && Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.PrivateUse;

    /// <summary>The blocks of Chinese characters that BERT puts blanks around.</summary>
    public static bool IsChinese(Rune rune) =>
        rune.Value
            is >= 0x4E00
                and <= 0x9FFF
                or >= 0x3400
                and <= 0x4DBF
                or >= 0x20000
                and <= 0x2A6DF
                or >= 0x2A700
                and <= 0x2B73F
                or >= 0x2B740
                and <= 0x2B81F
                or >= 0x2B920
                and <= 0x2CEAF
                or >= 0xF900
                and <= 0xFAFF
                or >= 0x2F800
                and <= 0x2FA1F;

    public static bool IsMark(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.NonSpacingMark
                or UnicodeCategory.SpacingCombiningMark
                or UnicodeCategory.EnclosingMark;

    /// <summary><see cref="IsWord"/> as the inside of a regular expression's class.</summary>
    public const string WordExpression = @"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u24B6-\u24E9\u200C\u200D";

    /// <summary>The class \w of Unicode's recommendation for regular expressions (UTS #18, annex C).</summary>
    public static bool IsWord(Rune rune) =>
        IsMark(rune)
        || Rune.IsLetter(rune)
        || Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.DecimalDigitNumber
                or UnicodeCategory.LetterNumber
                or UnicodeCategory.ConnectorPunctuation
        || IsCircledLetter(rune)
        || rune.Value is 0x200C or 0x200D;

    /// <summary>Symbols that count as letters: circled, squared and negative ones.</summary>
    public static bool IsCircledLetter(Rune rune) =>
        rune.Value
            is >= 0x24B6
                and <= 0x24E9
                or >= 0x1F130
                and <= 0x1F149
                or >= 0x1F150
                and <= 0x1F169
                or >= 0x1F170
                and <= 0x1F189;

    /// <summary>The character in lower case, by Unicode's full mapping without context.</summary>
    public static ReadOnlySpan<char> Lower(Rune rune, Span<char> room) =>
        rune.Value == 0x130 ? "i\u0307" : room[..Rune.ToLowerInvariant(rune).EncodeToUtf16(room)];
}
