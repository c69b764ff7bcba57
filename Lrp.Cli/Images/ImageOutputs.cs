using System.Globalization;
using System.Text;
using Lrp.Pictures;

namespace Lrp.Cli.Images;

/// <summary>How an explanation of a photograph is shown and saved.</summary>
internal static class ImageOutputs
{
    private const int Columns = 56;
    private const int PlainColumns = 40;
    private const int WidthOnPages = 448;

    /// <summary>The formats of --out, by the file's ending.</summary>
    private static readonly Dictionary<string, Action<ImageExplanation, string>> Formats = new(
        StringComparer.OrdinalIgnoreCase
    )
    {
        [".html"] = (explanation, path) => ToReport(explanation).Save(path),
        [".png"] = (explanation, path) => ToPicture(explanation).Save(path),
        [".jpg"] = (explanation, path) => ToPicture(explanation).Save(path),
        [".webp"] = (explanation, path) => ToPicture(explanation).Save(path),
        [".json"] = (explanation, path) => File.WriteAllText(path, Terminal.ToJson(ToData(explanation))),
    };

    /// <summary>The endings of files that can be written.</summary>
    public static IEnumerable<string> Endings => Formats.Keys;

    /// <summary>Saves an explanation in the format of the file's ending.</summary>
    public static void Save(ImageExplanation explanation, string path) =>
        Formats[Path.GetExtension(path)](explanation, path);

    /// <summary>All data, for scripts.</summary>
    public static object ToData(ImageExplanation explanation) =>
        new
        {
            Model = explanation.Subject.Model.Name,
            explanation.Method,
            explanation.Layer,
            Target = explanation.Subject.TargetName,
            explanation.Subject.Score,
            explanation.Sum,
            explanation.Height,
            explanation.Width,
            Predictions = explanation.Subject.Predictions.Select(entry => new { entry.Label, entry.Probability }),
            Relevance = explanation.Relevance.Chunk(explanation.Width),
        };

    /// <summary>The photograph and its map side by side.</summary>
    public static Picture ToPicture(ImageExplanation explanation) =>
        PictureGrid.Arrange(
            [explanation.Subject.Photo, explanation.ToHeatmap()],
            columns: 2,
            gap: 8,
            labels: new GridLabels { Columns = [explanation.Subject.TargetName, explanation.Method] }
        );

    /// <summary>The facts in one line, and the map in characters.</summary>
    public static string ToTerminal(ImageExplanation explanation, bool colors)
    {
        var subject = explanation.Subject;
        var facts =
            $"“{subject.TargetName}”  ·  score {subject.Score:G4}  ·  {explanation.Method}  ·  {subject.Model.Name}";
        var seen = string.Join(", ", subject.Predictions.Select(entry => $"{entry.Label} {entry.Probability:P0}"));
        return $"{facts}\n{seen}\n{(colors ? Colored(explanation) : Plain(explanation))}";
    }

    private static HtmlReport ToReport(ImageExplanation explanation)
    {
        var subject = explanation.Subject;
        var factor = Math.Max(1, WidthOnPages / subject.Photo.Width);
        return new HtmlReport($"Why “{subject.TargetName}”?")
        {
            Introduction =
                $"{subject.Model.Name}, score {subject.Score:G4}, explained by {explanation.Method}"
                + (explanation.Layer is { } layer ? $" at the layer {layer}. " : ". ")
                + $"Red speaks for it, blue against it. {explanation.Doubt}",
            Figures =
            {
                new ReportFigure(
                    subject.Photo.Resize(subject.Photo.Width * factor, subject.Photo.Height * factor),
                    "the photograph, as the network gets it"
                ),
                new ReportFigure(explanation.ToHeatmap().Enlarge(factor), explanation.Method),
            },
            Tables =
            {
                new ReportTable(
                    "What the network says",
                    ["class", "probability"],
                    [
                        .. subject.Predictions.Select(entry =>
                            (IReadOnlyList<string>)[entry.Label, $"{entry.Probability:P1}"]
                        ),
                    ]
                ),
            },
        };
    }

    /// <summary>Two rows of the map in each line: the upper one is the letter, the lower one its background.</summary>
    private static string Colored(ImageExplanation explanation)
    {
        var (height, width) = Size(explanation, Columns, 1);
        height += height % 2;
        using var map = TorchSharp.torch.tensor(explanation.Coarse(Math.Min(height, explanation.Height), width));
        var rows = (int)map.shape[0] / width;
        var drawn = Heatmap.Render(map.view(rows, width), new HeatmapOptions { ClipPercentile = 99 });
        var text = new StringBuilder();
        for (var y = 0; y < rows; y += 2)
        {
            for (var x = 0; x < width; x++)
            {
                var (above, below) = (drawn[x, y], drawn[x, Math.Min(y + 1, rows - 1)]);
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"\u001b[38;2;{above.R};{above.G};{above.B}m\u001b[48;2;{below.R};{below.G};{below.B}m▀"
                );
            }

            text.Append("\u001b[0m\n");
        }

        return text.ToString();
    }

    /// <summary>The map in signs: # and + speak for the target, = and - against it; a dot is little.</summary>
    private static string Plain(ImageExplanation explanation)
    {
        var (height, width) = Size(explanation, PlainColumns, 2);
        var cells = explanation.Coarse(height, width);
        var largest = cells.Max(Math.Abs);
        var signs = cells.Select(cell =>
            (cell / largest) switch
            {
                > 0.5 => '#',
                > 0.15 => '+',
                < -0.5 => '=',
                < -0.15 => '-',
                _ => '·',
            }
        );
        return string.Join('\n', signs.Chunk(width).Select(row => new string(row)))
            + "\n# and + speak for it, = and - against it";
    }

    private static (int Height, int Width) Size(ImageExplanation explanation, int columns, int aspect)
    {
        var width = Math.Min(columns, explanation.Width);
        var height = Math.Max(1, width * explanation.Height / explanation.Width / aspect);
        return (Math.Min(height, explanation.Height), width);
    }
}
