using System.Collections.Concurrent;
using System.Globalization;
using HarfBuzzSharp;
using SkiaSharp;
using SkiaSharp.HarfBuzz;
using Buffer = HarfBuzzSharp.Buffer;

namespace Lrp.Pictures.Paragraphs;

/// <summary>One glyph of a shaped run.</summary>
/// <param name="Id">Its number in the typeface.</param>
/// <param name="Cluster">The UTF-16 unit of the text at which its characters begin.</param>
/// <param name="Advance">How far it moves the pen, in pixels.</param>
/// <param name="X">Its place right of the pen.</param>
/// <param name="Y">Its place below the pen.</param>
internal readonly record struct Glyph(ushort Id, int Cluster, float Advance, float X, float Y);

/// <summary>Turns characters into glyphs, with ligatures and joined letters, by HarfBuzz.</summary>
internal static class Shaper
{
    private const int Scale = 512;

    private static readonly ConcurrentDictionary<SKTypeface, Font> Fonts = new();

    /// <summary>Shapes a part of a text; the text around it is looked at, so that letters join over its ends.</summary>
    /// <param name="text">The paragraph.</param>
    /// <param name="item">The part, of one typeface, script and direction.</param>
    /// <param name="size">The font size in pixels.</param>
    /// <returns>The glyphs from left to right.</returns>
    public static Glyph[] Shape(string text, TextItem item, int size)
    {
        using var buffer = new Buffer();
        buffer.AddUtf16(text, item.Start, item.Length);
        buffer.Direction = item.IsRightToLeft ? Direction.RightToLeft : Direction.LeftToRight;
        buffer.Script = item.Script;
        buffer.Language = new Language(CultureInfo.InvariantCulture);
        var font = Fonts.GetOrAdd(item.Typeface, Open);
        lock (font)
        {
            font.Shape(buffer);
        }

        var infos = buffer.GlyphInfos;
        var positions = buffer.GlyphPositions;
        var glyphs = new Glyph[infos.Length];
        var unit = (float)size / Scale;
        for (var i = 0; i < glyphs.Length; i++)
        {
            glyphs[i] = new Glyph(
                (ushort)infos[i].Codepoint,
                (int)infos[i].Cluster,
                positions[i].XAdvance * unit,
                positions[i].XOffset * unit,
                -positions[i].YOffset * unit
            );
        }

        return glyphs;
    }

    // One font per typeface for the whole process, as the typefaces are.
    private static Font Open(SKTypeface typeface)
    {
        // The blob disposes the stream when HarfBuzz needs its memory no more.
        using var blob = typeface.OpenStream(out var index).ToHarfBuzzBlob();
        using var face = new Face(blob, index) { UnitsPerEm = typeface.UnitsPerEm };
        var font = new Font(face);
        font.SetScale(Scale, Scale);
        font.SetFunctionsOpenType();
        return font;
    }
}
