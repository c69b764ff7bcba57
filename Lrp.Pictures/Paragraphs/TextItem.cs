using HarfBuzzSharp;
using SkiaSharp;

namespace Lrp.Pictures.Paragraphs;

/// <summary>A part of a text that is shaped at once: one typeface, one script, one direction.</summary>
/// <param name="Start">Its first UTF-16 unit.</param>
/// <param name="Length">The number of its UTF-16 units.</param>
/// <param name="Typeface">The typeface.</param>
/// <param name="Script">The script.</param>
/// <param name="Level">The level of its direction.</param>
internal sealed record TextItem(int Start, int Length, SKTypeface Typeface, Script Script, byte Level)
{
    public int End => Start + Length;

    public bool IsRightToLeft => Level % 2 == 1;

    /// <summary>The part of this that lies in a line, or null if none does.</summary>
    public TextItem? Within(int start, int end)
    {
        var first = Math.Max(Start, start);
        var last = Math.Min(End, end);
        return first < last ? this with { Start = first, Length = last - first } : null;
    }
}
