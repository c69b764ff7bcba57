using Lrp.Pictures;

namespace Lrp.Models.Explanations;

/// <summary>The colours of relevance: red speaks for the target, blue against it.</summary>
internal static class ExplanationColors
{
    /// <summary>The number of colours on a page, the middle one for zero.</summary>
    public const int Count = 129;

    // The middle is the colour of a dark page, so that what is not relevant does not shine.
    private static readonly ColorMap Dark = new("dark", (0, 0x3f74ff), (0.5, 0x1b1f24), (1, 0xe23a3a));
    private static readonly Rgb NotFinite = Rgb.Hex(0xff00ff);
    private const double Bright = 0.45;

    /// <summary>The largest absolute value that is a number; 0 if there is none.</summary>
    public static double Limit(IEnumerable<double> values) =>
        values.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();

    /// <summary>The colour of a value on a white page.</summary>
    public static Rgb Of(double value, double limit) =>
        double.IsFinite(value) ? ColorMap.Bwr.At(Place(value, limit)) : NotFinite;

    /// <summary>The colours of a page as CSS, for light and dark pages: background and ink.</summary>
    public static IEnumerable<(string Background, string Ink)> Palette() =>
        Enumerable.Range(0, Count).Select(i => Css(ColorMap.Bwr.At(Share(i)), Dark.At(Share(i))));

    /// <summary>A value's colour in CSS.</summary>
    public static (string Background, string Ink) Css(double value, double limit) =>
        double.IsFinite(value)
            ? Css(ColorMap.Bwr.At(Rounded(value, limit)), Dark.At(Rounded(value, limit)))
            : Css(NotFinite, NotFinite);

    private static double Place(double value, double limit) => limit > 0 ? 0.5 + (0.5 * value / limit) : 0.5;

    private static double Rounded(double value, double limit) =>
        Share((int)Math.Round(Math.Clamp(Place(value, limit), 0, 1) * (Count - 1)));

    private static double Share(int index) => (double)index / (Count - 1);

    private static (string Background, string Ink) Css(Rgb light, Rgb dark) =>
        ($"light-dark({light},{dark})", $"light-dark({Ink(light, "#000000")},{Ink(dark, "#000000")})");

    private static string Ink(Rgb background, string darkInk) => background.Luminance > Bright ? darkInk : "#ffffff";
}
