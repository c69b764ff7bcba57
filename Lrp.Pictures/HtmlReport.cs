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
    // The width in CSS pixels that the inputs' pictures share.
    private const int WidthOfPictures = 780;
    private const int NarrowestPicture = 64;
    private const int WidestPicture = 128;

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

    /// <summary>Pictures below the table of methods, each in its original size with its caption.</summary>
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
            AppendMethods(html);
        }

        foreach (var figure in Figures)
        {
            html.Append(
                CultureInfo.InvariantCulture,
                $"<figure><img src=\"{figure.Picture.ToDataUri()}\" "
                    + $"alt=\"{Encode(figure.Caption)}\"><figcaption>{Encode(figure.Caption)}</figcaption></figure>\n"
            );
        }

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

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

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

    private void AppendMethods(StringBuilder html)
    {
        var conservation = Methods.Any(method => method.Conservation is not null);
        var time = Methods.Any(method => method.TimePerInput is not null);
        string[] scores = [.. Methods.SelectMany(method => method.Scores).Select(score => score.Heading).Distinct()];
        var cell = Math.Clamp(WidthOfPictures / Inputs.Count, NarrowestPicture, WidestPicture);
        html.Append(
            CultureInfo.InvariantCulture,
            $"<div class=\"wide\"><table class=\"methods\" style=\"--cell:{cell}px\">\n<thead><tr><th class=\"corner\">"
        );
        AppendScale(html);
        html.Append("</th>");
        foreach (var input in Inputs)
        {
            AppendInput(html, input);
        }

        Heading(
            conservation,
            "conservation",
            "The sum of the relevance divided by the explained output, as a mean over the inputs measured"
        );
        foreach (var score in scores)
        {
            Heading(true, score, score);
        }

        Heading(time, "time", "For one input");
        html.Append("</tr></thead>\n<tbody>\n");
        foreach (var method in Methods)
        {
            AppendMethod(html, method, conservation, scores, time);
        }

        html.Append("</tbody></table></div>\n");

        void Heading(bool shown, string text, string title)
        {
            if (shown)
            {
                html.Append(
                    CultureInfo.InvariantCulture,
                    $"<th class=\"score\" title=\"{Encode(title)}\">{Encode(text)}</th>"
                );
            }
        }
    }

    private void AppendScale(StringBuilder html)
    {
        if (Scale is { } map)
        {
            var stops = Enumerable.Range(0, 17).Select(i => map.At(i / 16.0).ToString());
            html.Append(
                CultureInfo.InvariantCulture,
                $"<div class=\"scale\" "
                    + $"style=\"background:linear-gradient(90deg,{string.Join(',', stops)})\"></div><div "
                    + $"class=\"ends\"><span>against</span><span>for</span></div>"
            );
        }
    }

    private static void AppendInput(StringBuilder html, ReportInput input)
    {
        html.Append(
            CultureInfo.InvariantCulture,
            $"<th class=\"input\"><img src=\"{input.Picture.ToDataUri()}\" alt=\"{Encode(input.Caption)}\"><div "
                + $"class=\"caption\">{Encode(input.Caption)}</div>"
        );
        foreach (var (label, probability) in input.Predictions)
        {
            html.Append(
                CultureInfo.InvariantCulture,
                $"<div class=\"prediction\"><span>{Encode(label)}</span><i><b "
                    + $"style=\"width:{Math.Clamp(probability, 0, 1) * 100:0.#}%\"></b></i>"
                    + $"<span>{probability * 100:0}%</span></div>"
            );
        }

        html.Append("</th>");
    }

    private static void AppendMethod(
        StringBuilder html,
        ReportMethod method,
        bool conservation,
        string[] scores,
        bool time
    )
    {
        html.Append(
            CultureInfo.InvariantCulture,
            $"<tr><th class=\"method\">{Encode(method.Name)}<small>{Encode(method.Description)}</small></th>"
        );
        for (var i = 0; i < method.Heatmaps.Count; i++)
        {
            html.Append(
                CultureInfo.InvariantCulture,
                $"<td><img src=\"{method.Heatmaps[i].ToDataUri()}\" alt=\"{Encode(method.Name)}, input {i + 1}\">"
            );
            if (method.Captions.Count > 0)
            {
                html.Append(CultureInfo.InvariantCulture, $"<div class=\"caption\">{Encode(method.Captions[i])}</div>");
            }

            html.Append("</td>");
        }

        if (conservation)
        {
            AppendConservation(html, method.Conservation);
        }

        foreach (var heading in scores)
        {
            double[] found = [.. method.Scores.Where(score => score.Heading == heading).Select(score => score.Value)];
            AppendScore(html, found.Length == 0 ? "–" : found[0].ToString("G4", CultureInfo.InvariantCulture));
        }

        if (time)
        {
            AppendScore(html, method.TimePerInput is { } span ? Duration(span) : "–");
        }

        html.Append("</tr>\n");
    }

    private static void AppendConservation(StringBuilder html, double? share)
    {
        if (share is not { } value || !double.IsFinite(value))
        {
            AppendScore(html, share is null ? "–" : "not finite");
            return;
        }

        // The bar covers 0 to 100 %; the number also shows values outside this range.
        html.Append(
            CultureInfo.InvariantCulture,
            $"<td class=\"score\">{value * 100:0.#} %<i class=\"meter\"><b "
                + $"style=\"width:{Math.Clamp(value, 0, 1) * 100:0.#}%\"></b></i></td>"
        );
    }

    private static void AppendScore(StringBuilder html, string text) =>
        html.Append("<td class=\"score\">").Append(Encode(text)).Append("</td>");

    private static string Duration(TimeSpan span) =>
        span.TotalMilliseconds switch
        {
            < 10 => span.TotalMilliseconds.ToString("0.00", CultureInfo.InvariantCulture) + " ms",
            < 1000 => span.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture) + " ms",
            _ => span.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s",
        };

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
