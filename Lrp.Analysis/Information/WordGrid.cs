using Lrp.Pictures;

namespace Lrp.Analysis.Information;

/// <summary>Words in coloured cells, rows of which are labelled on the left.</summary>
internal static class WordGrid
{
    private const int Dot = 2;
    private const int Margin = 4;

    /// <summary>Draws words.</summary>
    /// <param name="words">A column each.</param>
    /// <param name="labels">A row each; all empty for none.</param>
    /// <param name="colors">A pixel a cell.</param>
    public static Picture Draw(IReadOnlyList<string> words, IReadOnlyList<string> labels, Picture colors)
    {
        int height = (SmallFont.Height * Dot) + (2 * Margin);
        int[] widths = [.. words.Select(word => WidthOf(word, height))];
        int labelWidth = labels.All(label => label.Length == 0) ? 0 : labels.Max(label => WidthOf(label, 0));
        var picture = new Picture(labelWidth + widths.Sum(), height * labels.Count, Rgb.Hex(0xffffff));
        for (int row = 0; row < labels.Count; row++)
        {
            int top = row * height;
            SmallFont.Draw(picture, labels[row], Margin, top + Margin, Dot, Rgb.Hex(0x000000));
            int left = labelWidth;
            for (int column = 0; column < words.Count; column++)
            {
                Rgb color = colors[column, row];
                SmallFont.Fill(picture, left, top, widths[column], height, color);
                SmallFont.Draw(picture, words[column], left + Margin, top + Margin, Dot, Rgb.Hex(color.Luminance > 0.45 ? 0x000000 : 0xffffff));
                left += widths[column];
            }
        }

        return picture;
    }

    private static int WidthOf(string text, int least) => Math.Max((SmallFont.WidthOf(text) * Dot) + (2 * Margin) - Dot, least);
}
