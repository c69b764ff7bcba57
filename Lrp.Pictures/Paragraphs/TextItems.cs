using System.Globalization;
using System.Text;
using HarfBuzzSharp;
using SkiaSharp;

namespace Lrp.Pictures.Paragraphs;

/// <summary>Splits a paragraph where typeface, script or direction change.</summary>
internal static class TextItems
{
    /// <summary>The parts of a paragraph, in the order of the text.</summary>
    /// <param name="text">A paragraph without line ends.</param>
    /// <param name="levels">The level of each UTF-16 unit.</param>
    /// <param name="missing">Collects the characters that no font has; they are drawn as boxes.</param>
    public static List<TextItem> Split(string text, byte[] levels, ISet<Rune> missing)
    {
        var items = new List<TextItem>();
        var at = 0;
        foreach (var character in text.EnumerateRunes())
        {
            var length = character.Utf16SequenceLength;
            var last = items.Count > 0 ? items[^1] : null;
            var script = ScriptOf(character, last);
            var typeface = TypefaceOf(character, last, missing);
            if (last is not null && last.Level == levels[at] && last.Script == script && last.Typeface == typeface)
            {
                items[^1] = last with { Length = last.Length + length };
            }
            else
            {
                items.Add(new TextItem(at, length, typeface, script, levels[at]));
            }

            at += length;
        }

        return items;
    }

    // Spaces, digits, punctuation and marks have the script of what stands before them.
    private static Script ScriptOf(Rune character, TextItem? last)
    {
        var script = BidiClasses.ScriptOf(character);
        return last is not null && (script == Script.Common || script == Script.Inherited) ? last.Script : script;
    }

    private static SKTypeface TypefaceOf(Rune character, TextItem? last, ISet<Rune> missing)
    {
        // A mark is drawn onto its letter, and a character that is not seen needs no typeface.
        var follows =
            Rune.GetUnicodeCategory(character)
            is UnicodeCategory.NonSpacingMark
                or UnicodeCategory.EnclosingMark
                or UnicodeCategory.Format
                or UnicodeCategory.Control;
        if (follows && (last is null || last.Typeface.ContainsGlyph(character.Value) || Unseen(character)))
        {
            return last?.Typeface ?? PictureFont.Typeface;
        }

        if (Typefaces.Of(character) is { } typeface)
        {
            return typeface;
        }

        missing.Add(character);
        return PictureFont.Typeface;
    }

    private static bool Unseen(Rune character) =>
        Rune.GetUnicodeCategory(character) is UnicodeCategory.Format or UnicodeCategory.Control;
}
