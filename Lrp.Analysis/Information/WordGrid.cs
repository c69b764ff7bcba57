using Lrp.Pictures;

namespace Lrp.Analysis.Information;

/// <summary>Draws words in coloured cells, with a label to the left of each row.</summary>
internal static class WordGrid
{
    private const int LetterSize = 12;
    private const int Margin = 5;
    private const int RowHeight = 18;

    /// <summary>Draws the grid.</summary>
    /// <param name="words">The words, one per column.</param>
    /// <param name="labels">The labels, one per row; empty strings for none.</param>
    /// <param name="colors">The colours, one pixel per cell.</param>
    public static Picture Draw(IReadOnlyList<string> words, IReadOnlyList<string> labels, Picture colors)
    {
        int[] widths = [.. words.Select(word => Math.Max(WidthOf(word), RowHeight))];
        var labelWidth = labels.All(label => label.Length == 0) ? 0 : labels.Max(WidthOf);
        var picture = new Picture(labelWidth + widths.Sum(), RowHeight * labels.Count, Rgb.Hex(0xffffff));
        for (var row = 0; row < labels.Count; row++)
        {
            Write(labels[row], 0, row, Rgb.Hex(0x000000));
            var left = labelWidth;
            for (var column = 0; column < words.Count; column++)
            {
                var color = colors[column, row];
                picture.Paste(new Picture(widths[column], RowHeight, color), left, row * RowHeight);
                Write(words[column], left, row, Rgb.Hex(color.Luminance > 0.45 ? 0x000000 : 0xffffff));
                left += widths[column];
            }
        }

        return picture;

        void Write(string text, int left, int row, Rgb ink)
        {
            var top = (row * RowHeight) + ((RowHeight - PictureText.HeightOf(LetterSize)) / 2);
            PictureText.Draw(picture, text, left + Margin, top, LetterSize, ink);
        }
    }

    private static int WidthOf(string text) => PictureText.WidthOf(text, LetterSize) + (2 * Margin);
}
