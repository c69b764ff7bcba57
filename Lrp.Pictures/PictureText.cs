using SkiaSharp;

namespace Lrp.Pictures;

/// <summary>
/// Draws text in pictures, in DejaVu Sans: Latin, Greek, Cyrillic, Arabic and Hebrew letters and mathematical signs. A
/// character that the typeface lacks is drawn as a box.
/// </summary>
public static class PictureText
{
    /// <summary>The width of a text in pixels.</summary>
    /// <param name="text">One line of text.</param>
    /// <param name="size">The font size in pixels.</param>
    public static int WidthOf(string text, int size)
    {
        using var font = FontOf(text, size);
        return (int)Math.Ceiling(font.MeasureText(text));
    }

    /// <summary>The height of a line in pixels, from the highest accent to the lowest descender.</summary>
    /// <param name="size">The font size in pixels.</param>
    public static int HeightOf(int size)
    {
        using var font = FontOf(string.Empty, size);
        return (int)(Math.Ceiling(-font.Metrics.Ascent) + Math.Ceiling(font.Metrics.Descent));
    }

    /// <summary>Draws a line of text into a picture; parts that lie outside are cut off.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="text">The text.</param>
    /// <param name="left">The column where the text begins.</param>
    /// <param name="top">The row where the line begins; the line is <see cref="HeightOf"/> pixels high.</param>
    /// <param name="size">The font size in pixels.</param>
    /// <param name="ink">The colour of the text.</param>
    public static void Draw(Picture picture, string text, int left, int top, int size, Rgb ink)
    {
        ArgumentNullException.ThrowIfNull(picture);
        using var font = FontOf(text, size);
        using var paint = new SKPaint { Color = new SKColor(ink.R, ink.G, ink.B), IsAntialias = true };
        var baseline = top + MathF.Ceiling(-font.Metrics.Ascent);
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
