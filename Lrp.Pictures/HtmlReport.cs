using System.Globalization;
using System.Net;
using System.Text;

namespace Lrp.Pictures;

/// <summary>A page that lays methods side by side: inputs and predictions above, a row a method, charts and tables below.</summary>
/// <remarks>The page is one file: pictures are data URIs, charts are inline SVG, nothing is fetched from anywhere.</remarks>
public sealed class HtmlReport
{
    // In CSS pixels: what is left of a page for pictures, shared out among the inputs.
    private const int WidthOfPictures = 780;
    private const int NarrowestPicture = 64;
    private const int WidestPicture = 128;

    /// <summary>An empty report.</summary>
    /// <param name="title">Its heading.</param>
    public HtmlReport(string title)
    {
        ArgumentException.ThrowIfNullOrEmpty(title);
        Title = title;
    }

    /// <summary>The heading.</summary>
    public string Title { get; }

    /// <summary>What the reader sees here, in a few sentences; an empty line begins a new paragraph.</summary>
    public string Introduction { get; set; } = string.Empty;

    /// <summary>The colour map of the heatmaps, for the scale beside them; null for none.</summary>
    public ColorMap? Scale { get; set; } = ColorMap.Seismic;

    /// <summary>The inputs, a column each.</summary>
    public IList<ReportInput> Inputs { get; } = [];

    /// <summary>The methods, a row each.</summary>
    public IList<ReportMethod> Methods { get; } = [];

    /// <summary>Pictures below the table of methods, each in its own size with its caption.</summary>
    public IList<ReportFigure> Figures { get; } = [];

    /// <summary>Charts below the figures.</summary>
    public IList<ReportChart> Charts { get; } = [];

    /// <summary>Tables below the charts.</summary>
    public IList<ReportTable> Tables { get; } = [];

    /// <summary>The page.</summary>
    /// <exception cref="InvalidOperationException">A method has not one heatmap an input.</exception>
    public string ToHtml()
    {
        foreach (ReportMethod method in Methods)
        {
            if (method.Heatmaps.Count != Inputs.Count || (method.Captions.Count != 0 && method.Captions.Count != Inputs.Count))
            {
                throw new InvalidOperationException(
                    $"Method '{method.Name}' has {method.Heatmaps.Count} heatmaps and {method.Captions.Count} captions for {Inputs.Count} inputs.");
            }
        }

        var html = new StringBuilder();
        html.Append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        html.Append("<title>").Append(Encode(Title)).Append("</title>\n<style>\n").Append(ReportStyle.Css).Append("</style>\n</head>\n<body>\n<main>\n");
        html.Append("<h1>").Append(Encode(Title)).Append("</h1>\n");
        AppendParagraphs(html, Introduction);
        if (Inputs.Count > 0)
        {
            AppendMethods(html);
        }

        foreach (ReportFigure figure in Figures)
        {
            html.Append(CultureInfo.InvariantCulture, $"<figure><img src=\"{figure.Picture.ToDataUri()}\" alt=\"{Encode(figure.Caption)}\"><figcaption>{Encode(figure.Caption)}</figcaption></figure>\n");
        }

        foreach (ReportChart chart in Charts)
        {
            html.Append("<section>\n<h2>").Append(Encode(chart.Title)).Append("</h2>\n");
            AppendParagraphs(html, chart.Note);
            html.Append(ChartDrawing.ToHtml(chart));
            html.Append("</section>\n");
        }

        foreach (ReportTable table in Tables)
        {
            AppendTable(html, table);
        }

        return html.Append("</main>\n</body>\n</html>\n").ToString();
    }

    /// <summary>Saves the page; missing folders are made.</summary>
    /// <param name="path">The file.</param>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string page = ToHtml();
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        File.WriteAllText(path, page, new UTF8Encoding(false));
    }

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    private static void AppendParagraphs(StringBuilder html, string text)
    {
        foreach (string paragraph in text.ReplaceLineEndings("\n").Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            html.Append("<p>").Append(Encode(paragraph)).Append("</p>\n");
        }
    }

    private void AppendMethods(StringBuilder html)
    {
        bool conservation = Methods.Any(method => method.Conservation is not null);
        bool time = Methods.Any(method => method.TimePerInput is not null);
        string[] scores = [.. Methods.SelectMany(method => method.Scores).Select(score => score.Heading).Distinct()];
        int cell = Math.Clamp(WidthOfPictures / Inputs.Count, NarrowestPicture, WidestPicture);
        html.Append(CultureInfo.InvariantCulture, $"<div class=\"wide\"><table class=\"methods\" style=\"--cell:{cell}px\">\n<thead><tr><th class=\"corner\">");
        AppendScale(html);
        html.Append("</th>");
        foreach (ReportInput input in Inputs)
        {
            AppendInput(html, input);
        }

        Heading(conservation, "relevance found", "The sum of the relevance over the explained output, mean over the inputs shown");
        foreach (string score in scores)
        {
            Heading(true, score, score);
        }

        Heading(time, "time", "For one input");
        html.Append("</tr></thead>\n<tbody>\n");
        foreach (ReportMethod method in Methods)
        {
            AppendMethod(html, method, conservation, scores, time);
        }

        html.Append("</tbody></table></div>\n");

        void Heading(bool shown, string text, string title)
        {
            if (shown)
            {
                html.Append(CultureInfo.InvariantCulture, $"<th class=\"score\" title=\"{Encode(title)}\">{Encode(text)}</th>");
            }
        }
    }

    private void AppendScale(StringBuilder html)
    {
        if (Scale is { } map)
        {
            IEnumerable<string> stops = Enumerable.Range(0, 17).Select(i => map.At(i / 16.0).ToString());
            html.Append(CultureInfo.InvariantCulture, $"<div class=\"scale\" style=\"background:linear-gradient(90deg,{string.Join(',', stops)})\"></div><div class=\"ends\"><span>against</span><span>for</span></div>");
        }
    }

    private static void AppendInput(StringBuilder html, ReportInput input)
    {
        html.Append(CultureInfo.InvariantCulture, $"<th class=\"input\"><img src=\"{input.Picture.ToDataUri()}\" alt=\"{Encode(input.Caption)}\"><div class=\"caption\">{Encode(input.Caption)}</div>");
        foreach ((string label, double probability) in input.Predictions)
        {
            html.Append(CultureInfo.InvariantCulture, $"<div class=\"prediction\"><span>{Encode(label)}</span><i><b style=\"width:{Math.Clamp(probability, 0, 1) * 100:0.#}%\"></b></i><span>{probability * 100:0}%</span></div>");
        }

        html.Append("</th>");
    }

    private static void AppendMethod(StringBuilder html, ReportMethod method, bool conservation, string[] scores, bool time)
    {
        html.Append(CultureInfo.InvariantCulture, $"<tr><th class=\"method\">{Encode(method.Name)}<small>{Encode(method.Description)}</small></th>");
        for (int i = 0; i < method.Heatmaps.Count; i++)
        {
            html.Append(CultureInfo.InvariantCulture, $"<td><img src=\"{method.Heatmaps[i].ToDataUri()}\" alt=\"{Encode(method.Name)}, input {i + 1}\">");
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

        foreach (string heading in scores)
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

        // A meter from 0 to 100 %; what exceeds it is told by the number.
        html.Append(CultureInfo.InvariantCulture, $"<td class=\"score\">{value * 100:0.#} %<i class=\"meter\"><b style=\"width:{Math.Clamp(value, 0, 1) * 100:0.#}%\"></b></i></td>");
    }

    private static void AppendScore(StringBuilder html, string text) => html.Append("<td class=\"score\">").Append(Encode(text)).Append("</td>");

    private static string Duration(TimeSpan span) => span.TotalMilliseconds switch
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
        foreach (string column in table.Columns)
        {
            html.Append("<th>").Append(Encode(column)).Append("</th>");
        }

        html.Append("</tr></thead>\n<tbody>\n");
        foreach (IReadOnlyList<string> row in table.Rows)
        {
            html.Append("<tr>");
            foreach (string cell in row)
            {
                bool number = cell.Length > 0 && (char.IsAsciiDigit(cell[0]) || cell[0] is '-' or '+' or '−');
                html.Append(number ? "<td class=\"number\">" : "<td>").Append(Encode(cell)).Append("</td>");
            }

            html.Append("</tr>\n");
        }

        html.Append("</tbody></table></div>\n</section>\n");
    }
}
