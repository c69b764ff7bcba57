namespace Lrp.Pictures;

/// <summary>Combines several pictures into one, in rows and columns.</summary>
public static class PictureGrid
{
    /// <summary>
    /// Arranges pictures from the left, row by row, each centred in a cell of the size of the largest picture.
    /// </summary>
    /// <param name="pictures">The pictures.</param>
    /// <param name="columns">The number of columns; 0 for about as many columns as rows.</param>
    /// <param name="gap">The space between and around them, in pixels.</param>
    /// <param name="background">The colour between them; white by default.</param>
    /// <param name="labels">Texts above the columns and beside the rows; null for none.</param>
    /// <exception cref="ArgumentException">There are no pictures, or labels for other columns or rows.</exception>
    public static Picture Arrange(
        IReadOnlyList<Picture> pictures,
        int columns = 0,
        int gap = 4,
        Rgb? background = null,
        GridLabels? labels = null
    )
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        ArgumentOutOfRangeException.ThrowIfNegative(gap);
        if (pictures.Count == 0)
        {
            throw new ArgumentException("A grid needs at least one picture.", nameof(pictures));
        }

        columns = columns == 0 ? (int)Math.Ceiling(Math.Sqrt(pictures.Count)) : Math.Min(columns, pictures.Count);
        var rows = (pictures.Count + columns - 1) / columns;
        labels ??= new GridLabels();
        labels.CheckAgainst(columns, rows);
        var line = PictureText.HeightOf(labels.Size);
        var widthOfColumns = Widest(labels.Columns, labels.Size);
        var widthOfRows = Widest(labels.Rows, labels.Size);

        // A cell is as large as the largest picture, and large enough for the labels, which keep a distance.
        var space = labels.Size / 2;
        var width = Math.Max(pictures.Max(picture => picture.Width), widthOfColumns);
        var height = Math.Max(pictures.Max(picture => picture.Height), labels.Rows.Count > 0 ? line : 0);
        var fromLeft = gap + (labels.Rows.Count > 0 ? space + widthOfRows + space : 0);
        var fromTop = gap + (labels.Columns.Count > 0 ? line : 0);
        var fill = background ?? Rgb.Hex(0xffffff);
        var ink = labels.Ink ?? (fill.Luminance > 0.5 ? Rgb.Hex(0x000000) : Rgb.Hex(0xffffff));
        var grid = new Picture(fromLeft + (columns * (width + gap)), fromTop + (rows * (height + gap)), fill);
        for (var i = 0; i < pictures.Count; i++)
        {
            var picture = pictures[i];
            var left = LeftOf(i % columns) + ((width - picture.Width) / 2);
            var top = TopOf(i / columns) + ((height - picture.Height) / 2);
            grid.Paste(picture, left, top);
        }

        for (var column = 0; column < labels.Columns.Count; column++)
        {
            var text = labels.Columns[column];
            var left = LeftOf(column) + ((width - PictureText.WidthOf(text, labels.Size)) / 2);
            PictureText.Draw(grid, text, left, fromTop - line, labels.Size, ink);
        }

        for (var row = 0; row < labels.Rows.Count; row++)
        {
            PictureText.Draw(grid, labels.Rows[row], gap + space, TopOf(row) + ((height - line) / 2), labels.Size, ink);
        }

        return grid;

        int LeftOf(int column) => fromLeft + (column * (width + gap));

        int TopOf(int row) => fromTop + (row * (height + gap));
    }

    private static int Widest(IReadOnlyList<string> texts, int size) =>
        texts.Select(text => PictureText.WidthOf(text, size)).DefaultIfEmpty(0).Max();
}
