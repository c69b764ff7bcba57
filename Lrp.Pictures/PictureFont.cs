using ScottPlot;
using SkiaSharp;

namespace Lrp.Pictures;

/// <summary>The one typeface of pictures and charts, DejaVu Sans: it comes with the library, so that text is drawn
/// where no font is installed and is alike on every machine.</summary>
internal sealed class PictureFont : IFontResolver
{
    public const string Name = "DejaVu Sans";

    static PictureFont()
    {
        using Stream file = typeof(PictureFont).Assembly.GetManifestResourceStream("DejaVuSans.ttf")!;
        Typeface = SKTypeface.FromStream(file);
        Fonts.FontResolvers.Insert(0, new PictureFont());
    }

    /// <summary>The typeface; it lives as long as the process and is never disposed.</summary>
    public static SKTypeface Typeface { get; }

    /// <summary>The typeface for ScottPlot, which finds none by itself where no font is installed.</summary>
    public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) =>
        fontName == Name && weight == FontWeight.Normal && slant == FontSlant.Upright ? Typeface : null;

    /// <summary>The typeface for ScottPlot, which finds none by itself where no font is installed.</summary>
    public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) =>
        fontName == Name && !bold && !italic ? Typeface : null;
}
