using System.Globalization;
using System.Net;
using System.Text;

namespace Lrp.Pictures;

/// <summary>
/// A page that compares methods: inputs and predictions at the top, then one row per method, then charts and tables.
/// </summary>
/// <remarks>
/// The page is a single file: pictures are data URIs, charts are inline SVG, and nothing is loaded from elsewhere.
/// </remarks>
public sealed class HtmlReport
{
    /// <summary>Creates an empty report.</summary>
    /// <param name="title">The heading of the page.</param>
    public HtmlReport(string title)
    {
        ArgumentException.ThrowIfNullOrEmpty(title);
        Title = title;
    }

    /// <summary>The heading of the page.</summary>
    public string Title { get; }

    /// <summary>An introduction of a few sentences; an empty line starts a new paragraph.</summary>
    public string Introduction { get; set; } = string.Empty;

    /// <summary>The colour map of the heatmaps, shown as a scale above them; null for none.</summary>
    public ColorMap? Scale { get; set; } = ColorMap.Seismic;

    /// <summary>The inputs, one column per input.</summary>
    public IList<ReportInput> Inputs { get; } = [];

    /// <summary>The methods, one row per method.</summary>
    public IList<ReportMethod> Methods { get; } = [];

    /// <summary>
    /// Pictures below the table of methods, side by side where there is room, each in its original size with its
    /// caption.
    /// </summary>
    public IList<ReportFigure> Figures { get; } = [];

    /// <summary>Charts below the figures.</summary>
    public IList<ReportChart> Charts { get; } = [];

    /// <summary>Tables below the charts.</summary>
    public IList<ReportTable> Tables { get; } = [];

    /// <summary>Creates the page.</summary>
    /// <exception cref="InvalidOperationException">A method does not have one heatmap per input.</exception>
    public string ToHtml()
    {
        foreach (var method in Methods)
        {
            if (
                method.Heatmaps.Count != Inputs.Count
                || (method.Captions.Count != 0 && method.Captions.Count != Inputs.Count)
            )
            {
                throw new InvalidOperationException(
                    $"Method '{method.Name}' has {method.Heatmaps.Count} heatmaps and {method.Captions.Count} "
                        + $"captions for {Inputs.Count} inputs."
                );
            }
        }

        var html = new StringBuilder();
        html.Append(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                + "content=\"width=device-width, initial-scale=1\">\n"
        );
        html.Append("<title>")
            .Append(Encode(Title))
            .Append("</title>\n<style>\n")
            .Append(ReportStyle.Css)
            .Append("</style>\n</head>\n<body>\n<main>\n");
        html.Append("<h1>").Append(Encode(Title)).Append("</h1>\n");
        AppendParagraphs(html, Introduction);
        if (Inputs.Count > 0)
        {
            new MethodTable(this).AppendTo(html);
        }

        AppendFigures(html);
        foreach (var chart in Charts)
        {
            html.Append("<section>\n<h2>").Append(Encode(chart.Title)).Append("</h2>\n");
            AppendParagraphs(html, chart.Note);
            html.Append(ChartDrawing.ToHtml(chart));
            html.Append("</section>\n");
        }

        foreach (var table in Tables)
        {
            AppendTable(html, table);
        }

        return html.Append("</main>\n</body>\n</html>\n").ToString();
    }

    /// <summary>Saves the page; missing folders are created.</summary>
    /// <param name="path">The path of the file.</param>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var page = ToHtml();
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        File.WriteAllText(path, page, new UTF8Encoding(false));
    }

    internal static string Encode(string text) => WebUtility.HtmlEncode(text);

    private static void AppendParagraphs(StringBuilder html, string text)
    {
        foreach (
            var paragraph in text.ReplaceLineEndings("\n")
                .Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        )
        {
            html.Append("<p>").Append(Encode(paragraph)).Append("</p>\n");
        }
    }

    private void AppendFigures(StringBuilder html)
    {
        if (Figures.Count == 0)
        {
            return;
        }

        html.Append("<div class=\"figures\">\n");
        foreach (var figure in Figures)
        {
            html.Append(
                CultureInfo.InvariantCulture,
                $"<figure><img src=\"{figure.Picture.ToDataUri()}\" "
                    + $"alt=\"{Encode(figure.Caption)}\"><figcaption>{Encode(figure.Caption)}</figcaption></figure>\n"
            );
        }

        html.Append("</div>\n");
    }

    private static void AppendTable(StringBuilder html, ReportTable table)
    {
        html.Append("<section>\n<h2>").Append(Encode(table.Title)).Append("</h2>\n");
        AppendParagraphs(html, table.Note);
        html.Append("<div class=\"wide\"><table class=\"plain\">\n<thead><tr>");
        foreach (var column in table.Columns)
        {
            html.Append("<th>").Append(Encode(column)).Append("</th>");
        }

        html.Append("</tr></thead>\n<tbody>\n");
        foreach (var row in table.Rows)
        {
            html.Append("<tr>");
            foreach (var cell in row)
            {
                var number = cell.Length > 0 && (char.IsAsciiDigit(cell[0]) || cell[0] is '-' or '+' or '−');
                html.Append(number ? "<td class=\"number\">" : "<td>").Append(Encode(cell)).Append("</td>");
            }

            html.Append("</tr>\n");
        }

        html.Append("</tbody></table></div>\n</section>\n");
    }
}
