namespace Lrp.Pictures.Paragraphs;

/// <summary>A shaped run at its place in a line.</summary>
/// <param name="Item">The part of the text.</param>
/// <param name="Left">Where it begins, in pixels from the line's left end.</param>
/// <param name="Glyphs">Its glyphs from left to right.</param>
internal sealed record PlacedRun(TextItem Item, float Left, Glyph[] Glyphs)
{
    /// <summary>The place of each UTF-16 unit; those that share a glyph share its width.</summary>
    public IEnumerable<(int Unit, float Left, float Right)> Units()
    {
        int[] starts = [.. Glyphs.Select(glyph => glyph.Cluster).Distinct().Order(), Item.End];
        var left = Left;
        foreach (var cluster in Glyphs.GroupBy(glyph => glyph.Cluster))
        {
            var end = starts[Array.BinarySearch(starts, cluster.Key) + 1];
            var width = cluster.Sum(glyph => glyph.Advance) / (end - cluster.Key);
            for (var i = 0; i < end - cluster.Key; i++)
            {
                var unit = Item.IsRightToLeft ? end - 1 - i : cluster.Key + i;
                yield return (unit, left, left + width);
                left += width;
            }
        }
    }
}

/// <summary>A line of a paragraph, laid out.</summary>
/// <param name="Offset">The place in the whole text at which its paragraph begins.</param>
/// <param name="Runs">Its runs from left to right.</param>
/// <param name="Width">Its width in pixels, without spaces at its end.</param>
/// <param name="IsRightToLeft">Whether its paragraph begins at the right.</param>
internal sealed record ParagraphLine(int Offset, IReadOnlyList<PlacedRun> Runs, float Width, bool IsRightToLeft)
{
    /// <summary>Lays out a part of a paragraph.</summary>
    public static ParagraphLine Of(
        int offset,
        string text,
        IReadOnlyList<TextItem> items,
        (int Start, int End) range,
        byte level,
        int size
    )
    {
        // L1: spaces at the end of a line stand at its end, whatever is before them; nothing is drawn for them.
        var seen = range.End;
        while (seen > range.Start && char.IsWhiteSpace(text[seen - 1]))
        {
            seen--;
        }

        TextItem[] parts = [.. items.Select(item => item.Within(range.Start, seen)).OfType<TextItem>()];
        var runs = new List<PlacedRun>();
        var left = 0f;
        foreach (var i in Bidi.VisualOrder([.. parts.Select(part => part.Level)]))
        {
            var glyphs = Shaper.Shape(text, parts[i], size);
            runs.Add(new PlacedRun(parts[i], left, glyphs));
            left += glyphs.Sum(glyph => glyph.Advance);
        }

        return new ParagraphLine(offset, runs, left, level == 1);
    }
}
