using System.Text;
using Lrp.Pictures;
using Lrp.Pictures.Paragraphs;

namespace Lrp.Models.Explanations;

/// <summary>Draws explanations: a heading, a scale, the text with a colour behind each token, the heads.</summary>
internal sealed class ExplanationPicture
{
    private const int Margin = 28;
    private const int Gap = 12;
    private const int HeadingSize = 15;
    private const int TextSize = 23;
    private const int NoteSize = 12;
    private const int ScaleWidth = 220;
    private const int ScaleHeight = 10;
    private const int Narrowest = 200;
    private const int Label = 30;

    // Around the name of a token: it runs to the right by itself, and says nothing of the direction of the text.
    private const string Open = "\u2066";
    private const string Close = "\u2069";

    // Around a fact of the heading, up to Close: it runs as its first letter does, and the heading to the right.
    private const string OpenFact = "\u2068";

    private static readonly Rgb White = Rgb.Hex(0xffffff);
    private static readonly Rgb Ink = Rgb.Hex(0x1c1f23);
    private static readonly Rgb Soft = Rgb.Hex(0x6a717a);

    private readonly List<(int Height, Action<Picture, int> Draw)> _parts = [];
    private readonly SortedSet<string> _missing = new(StringComparer.Ordinal);
    private readonly int _width;

    private ExplanationPicture(int width) => _width = width - (2 * Margin);

    public static Picture Of(IReadOnlyList<TextExplanation> steps, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, Narrowest);
        var drawing = new ExplanationPicture(width);
        foreach (var step in steps)
        {
            drawing.Add(step);
        }

        drawing.AddNote();
        var picture = new Picture(width, drawing._parts.Sum(part => part.Height + Gap) + (2 * Margin) - Gap, White);
        var top = Margin;
        foreach (var (height, draw) in drawing._parts)
        {
            draw(picture, top);
            top += height + Gap;
        }

        return picture;
    }

    private void Add(TextExplanation step)
    {
        var facts = ExplanationFacts.Of(step).Select(fact => $"{OpenFact}{fact}{Close}");
        AddText(string.Join("  ·  ", facts), HeadingSize, _ => null, Soft);
        var limit = ExplanationColors.Limit(TextSegment.Of(step).Select(segment => segment.Sum(step.Relevance)));
        AddScale(limit);
        AddTokens(step, limit);
        AddGrid("heads", step.Heads);
        AddGrid("experts", step.Experts);
    }

    private void AddTokens(TextExplanation step, double limit)
    {
        var text = new StringBuilder();
        var colors = new List<Rgb?>();
        foreach (var segment in TextSegment.Of(step))
        {
            Rgb? color = segment.Tokens.Count == 0 ? null : ExplanationColors.Of(segment.Sum(step.Relevance), limit);
            var shown = segment.IsText ? segment.Shown : $"{Open} {segment.Shown} {Close}";
            text.Append(shown);
            colors.AddRange(Enumerable.Repeat(color, shown.Length));
        }

        AddText(text.ToString(), TextSize, unit => colors[unit], Ink);
    }

    private void AddText(string text, int size, Func<int, Rgb?> background, Rgb ink)
    {
        var paragraph = new Paragraph(text, size, _width);
        _missing.UnionWith(paragraph.Missing.EnumerateRunes().Select(character => character.ToString()));
        _parts.Add((paragraph.Height, (picture, top) => paragraph.Draw(picture, Margin, top, background, ink)));
    }

    private void AddScale(double limit)
    {
        var height = ScaleHeight + PictureText.HeightOf(NoteSize);
        _parts.Add((height, (picture, top) => DrawScale(picture, top, limit)));
    }

    private static void DrawScale(Picture picture, int top, double limit)
    {
        for (var x = 0; x < ScaleWidth && Margin + x < picture.Width; x++)
        {
            var color = ExplanationColors.Of((2.0 * x / (ScaleWidth - 1)) - 1, 1);
            Fill(picture, Margin + x, top, 1, ScaleHeight, color);
        }

        var number = ExplanationFacts.Number(limit);
        var below = top + ScaleHeight;
        PictureText.Draw(picture, $"-{number}", Margin, below, NoteSize, Soft);
        PictureText.Draw(picture, "0", Margin + (ScaleWidth / 2) - 4, below, NoteSize, Soft);
        var right = Margin + ScaleWidth - PictureText.WidthOf(number, NoteSize);
        PictureText.Draw(picture, number, right, below, NoteSize, Soft);
    }

    private void AddGrid(string name, PartRelevance? parts)
    {
        var widest = parts?.Sums.Select(block => block.Count).DefaultIfEmpty(0).Max() ?? 0;
        if (parts is null || widest == 0)
        {
            return;
        }

        var cell = Math.Clamp((_width - Label) / widest, 2, 16);
        var line = PictureText.HeightOf(NoteSize);
        _parts.Add((line + (cell * parts.Sums.Count), (picture, top) => DrawGrid(picture, top, name, parts, cell)));
    }

    private static void DrawGrid(Picture picture, int top, string name, PartRelevance parts, int cell)
    {
        var limit = ExplanationColors.Limit(parts.Sums.SelectMany(block => block));
        PictureText.Draw(
            picture,
            $"{name}, one row for each block; the strongest: {ExplanationFacts.Number(limit)}",
            Margin,
            top,
            NoteSize,
            Soft
        );
        var first = top + PictureText.HeightOf(NoteSize);
        var every = Math.Max(1, (PictureText.HeightOf(NoteSize) + cell - 1) / cell);
        for (var block = 0; block < parts.Sums.Count; block++)
        {
            var y = first + (block * cell);
            if (block % every == 0 && block + every <= Math.Max(parts.Sums.Count, every))
            {
                PictureText.Draw(picture, $"{block + 1}", Margin, y, NoteSize, Soft);
            }

            for (var part = 0; part < parts.Sums[block].Count; part++)
            {
                var color = ExplanationColors.Of(parts.Sums[block][part], limit);
                Fill(picture, Margin + Label + (part * cell), y, cell - 1, cell - 1, color);
            }
        }
    }

    private void AddNote()
    {
        if (_missing.Count == 0)
        {
            return;
        }

        var codes = _missing.Select(character => $"U+{char.ConvertToUtf32(character, 0):X4}");
        var note = new Paragraph(
            $"No font of this machine has {string.Join(", ", codes)}; boxes stand for them.",
            NoteSize,
            _width
        );
        _parts.Add((note.Height, (picture, top) => note.Draw(picture, Margin, top, _ => null, Soft)));
    }

    private static void Fill(Picture picture, int left, int top, int width, int height, Rgb color)
    {
        for (var y = top; y < Math.Min(top + height, picture.Height); y++)
        {
            for (var x = left; x < Math.Min(left + width, picture.Width); x++)
            {
                picture[x, y] = color;
            }
        }
    }
}
