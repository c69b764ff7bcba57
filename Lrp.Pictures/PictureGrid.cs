namespace Lrp.Pictures;

/// <summary>Several pictures in one, in rows and columns.</summary>
public static class PictureGrid
{
    /// <summary>Lays pictures out from the left, row by row; each in the middle of a cell as large as the largest of them.</summary>
    /// <param name="pictures">The pictures.</param>
    /// <param name="columns">How many in a row; 0 for about as many rows as columns.</param>
    /// <param name="gap">The space between and around them, in pixels.</param>
    /// <param name="background">The colour between them; white unless told.</param>
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
        int rows = (pictures.Count + columns - 1) / columns;
        int width = pictures.Max(picture => picture.Width);
        int height = pictures.Max(picture => picture.Height);
        var grid = new Picture((columns * (width + gap)) + gap, (rows * (height + gap)) + gap, background ?? Rgb.Hex(0xffffff));
        for (int i = 0; i < pictures.Count; i++)
        {
            Picture picture = pictures[i];
            int left = gap + (i % columns * (width + gap)) + ((width - picture.Width) / 2);
            int top = gap + (i / columns * (height + gap)) + ((height - picture.Height) / 2);
            grid.Paste(picture, left, top);
        }

        return grid;
    }
}
