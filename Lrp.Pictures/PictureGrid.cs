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
    /// <exception cref="ArgumentException">There are no pictures.</exception>
    public static Picture Arrange(IReadOnlyList<Picture> pictures, int columns = 0, int gap = 4, Rgb? background = null)
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
        var width = pictures.Max(picture => picture.Width);
        var height = pictures.Max(picture => picture.Height);
        var grid = new Picture(
            (columns * (width + gap)) + gap,
            (rows * (height + gap)) + gap,
            background ?? Rgb.Hex(0xffffff)
        );
        for (var i = 0; i < pictures.Count; i++)
        {
            var picture = pictures[i];
            var left = gap + (i % columns * (width + gap)) + ((width - picture.Width) / 2);
            var top = gap + (i / columns * (height + gap)) + ((height - picture.Height) / 2);
            grid.Paste(picture, left, top);
        }

        return grid;
    }
}
