using System.Text;
using SkiaSharp;

namespace Lrp.Pictures.Paragraphs;

/// <summary>
/// A text of several lines in a picture, each character on a background of its own: of any script, in its direction,
/// with joined letters.
/// </summary>
/// <remarks>
/// Letters are those of DejaVu Sans, which is part of the library: Latin, Greek, Cyrillic, Arabic, Hebrew and others.
/// For what it lacks, such as Chinese characters, the fonts of the machine are searched. What no font has is drawn as a
/// box, and <see cref="Missing"/> names it. Text of both directions follows the Unicode bidirectional algorithm, except
/// that embeddings are ignored (isolated parts are not) and brackets are not paired.
/// </remarks>
public sealed class Paragraph
{
    private const double LineSpacing = 1.35;

    // Above this luminance a background is written on in dark ink, below in light ink.
    private const double Bright = 0.45;

    private readonly List<ParagraphLine> _lines = [];
    private readonly int _size;
    private readonly int _width;

    /// <summary>Lays out a text.</summary>
    /// <param name="text">The text; a line end in it begins a new line, other control characters are spaces.</param>
    /// <param name="size">The font size in pixels.</param>
    /// <param name="width">The width in pixels that lines may have.</param>
    public Paragraph(string text, int size, int width)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        _size = size;
        _width = width;
        var missing = new HashSet<Rune>();
        var offset = 0;
        foreach (var part in text.Split('\n'))
        {
            AddLines(offset, string.Concat(part.Select(unit => char.IsControl(unit) ? ' ' : unit)), missing);
            offset += part.Length + 1;
        }

        Missing = string.Concat(missing.Order());
    }

    /// <summary>The characters that no font has, once each; empty if all were found.</summary>
    public string Missing { get; }

    /// <summary>The height of all lines in pixels.</summary>
    public int Height => _lines.Count * LineHeight;

    private int LineHeight => (int)Math.Ceiling(PictureText.HeightOf(_size) * LineSpacing);

    /// <summary>Draws the text; parts that lie outside are cut off.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="left">The column where lines begin; lines that run to the left end at this plus the width.</param>
    /// <param name="top">The row where the first line begins.</param>
    /// <param name="background">
    /// The colour behind a UTF-16 unit of the text, or null for none; the letters on it are black or white, whichever
    /// is easier to read.
    /// </param>
    /// <param name="ink">The colour of letters without a background.</param>
    public void Draw(Picture picture, int left, int top, Func<int, Rgb?> background, Rgb ink)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(background);
        picture.Draw(canvas =>
        {
            for (var i = 0; i < _lines.Count; i++)
            {
                var line = _lines[i];
                var start = left + (line.IsRightToLeft ? _width - line.Width : 0);
                foreach (var run in line.Runs)
                {
                    var x = start + run.Left;
                    DrawBackground(canvas, run, start, top + (i * LineHeight), unit => background(line.Offset + unit));
                    DrawGlyphs(canvas, run, x, Baseline(top, i), unit => Ink(background(line.Offset + unit), ink));
                }
            }
        });
    }

    private float Baseline(int top, int line)
    {
        using var font = FontOf(PictureFont.Typeface);
        var above = (LineHeight - PictureText.HeightOf(_size)) / 2;
        return top + (line * LineHeight) + above + MathF.Ceiling(-font.Metrics.Ascent);
    }

    private void AddLines(int offset, string text, HashSet<Rune> missing)
    {
        var levels = Bidi.Levels(text);
        var items = TextItems.Split(text, levels, missing);
        var widths = new float[text.Length];
        foreach (var item in items)
        {
            foreach (var glyph in Shaper.Shape(text, item, _size))
            {
                widths[glyph.Cluster] += glyph.Advance;
            }
        }

        var level = Bidi.BaseLevel(text);
        var start = 0;
        foreach (var end in LineBreaks.Find(text, widths, _width))
        {
            _lines.Add(ParagraphLine.Of(offset, text, items, (start, end), level, _size));
            start = end;
        }
    }

    private void DrawBackground(SKCanvas canvas, PlacedRun run, float left, int top, Func<int, Rgb?> background)
    {
        using var paint = new SKPaint { IsAntialias = false };
        foreach (var (unit, from, to) in run.Units())
        {
            if (background(unit) is { } color)
            {
                paint.Color = new SKColor(color.R, color.G, color.B);
                canvas.DrawRect(
                    new SKRect(MathF.Round(left + from), top + 1, MathF.Round(left + to), top + LineHeight - 1),
                    paint
                );
            }
        }
    }

    private void DrawGlyphs(SKCanvas canvas, PlacedRun run, float left, float baseline, Func<int, Rgb> ink)
    {
        using var font = FontOf(run.Item.Typeface);
        var placed = new List<(Glyph Glyph, SKPoint At)>();
        var pen = left;
        foreach (var glyph in run.Glyphs)
        {
            placed.Add((glyph, new SKPoint(pen + glyph.X, baseline + glyph.Y)));
            pen += glyph.Advance;
        }

        foreach (var group in placed.GroupBy(glyph => ink(glyph.Glyph.Cluster)))
        {
            using var builder = new SKTextBlobBuilder();
            builder.AddPositionedRun(
                [.. group.Select(glyph => glyph.Glyph.Id)],
                font,
                [.. group.Select(glyph => glyph.At)]
            );
            using var blob = builder.Build();
            using var paint = new SKPaint
            {
                Color = new SKColor(group.Key.R, group.Key.G, group.Key.B),
                IsAntialias = true,
            };
            canvas.DrawText(blob, 0, 0, paint);
        }
    }

    private SKFont FontOf(SKTypeface typeface) =>
        new(typeface, _size)
        {
            Edging = SKFontEdging.Antialias,
            Hinting = SKFontHinting.None,
            Subpixel = true,
        };

    private static Rgb Ink(Rgb? background, Rgb ink) =>
        background is { } color ? Rgb.Hex(color.Luminance > Bright ? 0x000000 : 0xffffff) : ink;
}
