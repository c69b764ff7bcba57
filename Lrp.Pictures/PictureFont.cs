using ScottPlot;
using SkiaSharp;

namespace Lrp.Pictures;

/// <summary>
/// The typeface of all pictures and charts, DejaVu Sans. It is part of the library, so that text can be drawn where no
/// font is installed and looks the same on every machine.
/// </summary>
internal sealed class PictureFont : IFontResolver
{
    public const string Name = "DejaVu Sans";

    static PictureFont()
    {
        using var file = typeof(PictureFont).Assembly.GetManifestResourceStream("DejaVuSans.ttf")!;
        Typeface = SKTypeface.FromStream(file);
        Fonts.FontResolvers.Insert(0, new PictureFont());
    }

    /// <summary>The typeface; it is shared by the whole process and never disposed.</summary>
    public static SKTypeface Typeface { get; }

    /// <summary>Gives ScottPlot the typeface; by itself it finds none where no font is installed.</summary>
    public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) =>
        fontName == Name && weight == FontWeight.Normal && slant == FontSlant.Upright ? Typeface : null;

    /// <summary>Gives ScottPlot the typeface; by itself it finds none where no font is installed.</summary>
    public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) =>
        fontName == Name && !bold && !italic ? Typeface : null;
}
