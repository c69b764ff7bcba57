using System.Globalization;
using System.Text;
using Lrp.Models.Tokenizers.Text;

namespace Lrp.Models.Tokenizers.Normalizers;

/// <summary>SentencePiece's compiled table of replacements (tokenizer.json's Precompiled).</summary>
/// <remarks>
/// A grapheme of at most five bytes is looked up as a whole, by the shortest entry that it begins with; otherwise each
/// of its characters is looked up.
/// </remarks>
internal sealed class CharsmapNormalizer(Charsmap charsmap) : INormalizer
{
    private const int LongestGrapheme = 5;

    public AlignedText Normalize(AlignedText text)
    {
        var changes = new List<TextChange>(text.Length);
        var modified = false;
        var rest = text.Chars;
        while (rest.Length > 0)
        {
            var length = StringInfo.GetNextTextElementLength(rest);
            modified |= Add(rest[..length], changes);
            rest = rest[length..];
        }

        return modified ? TextChange.Apply(text, changes) : text;
    }

    private bool Add(ReadOnlySpan<char> grapheme, List<TextChange> changes)
    {
        if (Encoding.UTF8.GetByteCount(grapheme) <= LongestGrapheme && charsmap.Find(grapheme) is { } whole)
        {
            Replace(grapheme, whole, changes);
            return true;
        }

        var modified = false;
        Span<char> units = stackalloc char[2];
        foreach (var rune in grapheme.EnumerateRunes())
        {
            var part = units[..rune.EncodeToUtf16(units)];
            if (charsmap.Find(part) is { } replacement)
            {
                Replace(part, replacement, changes);
                modified = true;
            }
            else
            {
                changes.Add(new TextChange(rune, 0));
            }
        }

        return modified;
    }

    /// <summary>
    /// Characters stand for each other in order; what is too many is inserted, or removed at the end.
    /// </summary>
    private static void Replace(ReadOnlySpan<char> old, string replacement, List<TextChange> changes)
    {
        var left = 0;
        foreach (var _ in old.EnumerateRunes())
        {
            left++;
        }

        foreach (var rune in replacement.EnumerateRunes())
        {
            changes.Add(new TextChange(rune, left > 0 ? 0 : 1));
            left--;
        }

        if (left > 0 && changes.Count > 0)
        {
            changes[^1] = changes[^1] with { Inserted = changes[^1].Inserted - left };
        }
    }
}
