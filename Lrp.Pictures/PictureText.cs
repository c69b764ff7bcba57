using SkiaSharp;

namespace Lrp.Pictures;

/// <summary>Text in pictures, in DejaVu Sans: Latin, Greek, Cyrillic, Arabic, Hebrew letters and mathematical signs; a
/// character that it lacks is a box.</summary>
public static class PictureText
{
    /// <summary>How wide a text is in pixels.</summary>
    /// <param name="text">A line of text.</param>
    /// <param name="size">The size of its letters in pixels.</param>
    public static int WidthOf(string text, int size)
    {
        using SKFont font = FontOf(text, size);
        return (int)Math.Ceiling(font.MeasureText(text));
    }

    /// <summary>How high a line is in pixels, from the highest accent to the lowest descender.</summary>
    /// <param name="size">The size of its letters in pixels.</param>
    public static int HeightOf(int size)
    {
        using SKFont font = FontOf(string.Empty, size);
        return (int)(Math.Ceiling(-font.Metrics.Ascent) + Math.Ceiling(font.Metrics.Descent));
    }

    /// <summary>Writes a line of text over what the picture shows; what would lie outside is cut off.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="text">The text.</param>
    /// <param name="left">The column where it begins.</param>
    /// <param name="top">The row where the line begins; it is <see cref="HeightOf"/> high.</param>
    /// <param name="size">The size of its letters in pixels.</param>
    /// <param name="ink">Its colour.</param>
    public static void Draw(Picture picture, string text, int left, int top, int size, Rgb ink)
    {
        ArgumentNullException.ThrowIfNull(picture);
        using SKFont font = FontOf(text, size);
        using var paint = new SKPaint { Color = new SKColor(ink.R, ink.G, ink.B), IsAntialias = true };
        float baseline = top + MathF.Ceiling(-font.Metrics.Ascent);
        picture.Draw(canvas => canvas.DrawText(text, left, baseline, SKTextAlign.Left, font, paint));
    }

    private static SKFont FontOf(string text, int size)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        return new SKFont(PictureFont.Typeface, size)
        {
            Edging = SKFontEdging.Antialias,
            Hinting = SKFontHinting.None,
            Subpixel = true,
        };
    }
}
