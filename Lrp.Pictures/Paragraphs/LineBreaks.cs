using System.Globalization;
using System.Text;
using HarfBuzzSharp;

namespace Lrp.Pictures.Paragraphs;

/// <summary>Breaks a paragraph into lines.</summary>
/// <remarks>
/// A line may end behind a space, and beside a character of a script that is written without spaces. A word that is
/// longer than a line is broken anywhere.
/// </remarks>
internal static class LineBreaks
{
    /// <summary>Where each line ends.</summary>
    /// <param name="text">A paragraph without line ends.</param>
    /// <param name="widths">The width of each UTF-16 unit.</param>
    /// <param name="width">The width of a line.</param>
    public static List<int> Find(string text, float[] widths, float width)
    {
        var ends = new List<int>();
        var allowed = Allowed(text);
        var start = 0;
        var lastAllowed = 0;
        var used = 0f;
        for (var i = 0; i < text.Length; i++)
        {
            if (i > start && allowed[i])
            {
                lastAllowed = i;
            }

            // A space may hang over the end of a line.
            if (used + widths[i] > width && i > start && !char.IsWhiteSpace(text[i]))
            {
                start = lastAllowed > start ? lastAllowed : Whole(text, i);
                ends.Add(start);
                used = widths[start..i].Sum();
            }

            used += widths[i];
        }

        ends.Add(text.Length);
        return ends;
    }

    private static bool[] Allowed(string text)
    {
        var allowed = new bool[text.Length + 1];
        var at = 0;
        Rune? before = null;
        foreach (var character in text.EnumerateRunes())
        {
            if (before is { } last && !Rune.IsWhiteSpace(character))
            {
                allowed[at] = Rune.IsWhiteSpace(last) || (IsSpaceless(character, last) && !Clings(character));
            }

            before = character;
            at += character.Utf16SequenceLength;
        }

        return allowed;
    }

    private static bool IsSpaceless(Rune character, Rune before) => IsSpaceless(character) || IsSpaceless(before);

    private static bool IsSpaceless(Rune character)
    {
        var script = BidiClasses.ScriptOf(character);
        return script == Script.Han
            || script == Script.Hiragana
            || script == Script.Katakana
            || script == Script.Thai
            || script == Script.Lao
            || script == Script.Khmer
            || script == Script.Myanmar;
    }

    // No line begins with a mark or with punctuation.
    private static bool Clings(Rune character) =>
        Rune.GetUnicodeCategory(character)
            is UnicodeCategory.NonSpacingMark
                or UnicodeCategory.SpacingCombiningMark
                or UnicodeCategory.EnclosingMark
                or UnicodeCategory.Format
                or UnicodeCategory.OtherPunctuation
                or UnicodeCategory.ClosePunctuation
                or UnicodeCategory.FinalQuotePunctuation
                or UnicodeCategory.ModifierLetter;

    private static int Whole(string text, int at) => char.IsLowSurrogate(text[at]) ? at - 1 : at;
}
