using System.Globalization;
using System.Text;
using static Lrp.Pictures.HtmlReport;

namespace Lrp.Pictures;

/// <summary>The table of a report: inputs and predictions at the top, then one row per method.</summary>
/// <param name="report">The report.</param>
internal sealed class MethodTable(HtmlReport report)
{
    // The width in CSS pixels that the inputs' pictures share, and the limits of one: a small picture is enlarged to
    // Enlarged, and one that is larger than it is shown in its own size.
    private const int WidthOfPictures = 780;
    private const int NarrowestPicture = 64;
    private const int Enlarged = 128;
    private const int WidestPicture = 320;

    /// <summary>Writes the table.</summary>
    public void AppendTo(StringBuilder html)
    {
        var conservation = report.Methods.Any(method => method.Conservation is not null);
        var time = report.Methods.Any(method => method.TimePerInput is not null);
        string[] scores =
        [
            .. report.Methods.SelectMany(method => method.Scores).Select(score => score.Heading).Distinct(),
        ];
        var widest = Math.Clamp(report.Inputs.Max(input => input.Picture.Width), Enlarged, WidestPicture);
        var cell = Math.Clamp(WidthOfPictures / report.Inputs.Count, NarrowestPicture, widest);
        html.Append(
            CultureInfo.InvariantCulture,
            $"<div class=\"wide\"><table class=\"methods\" style=\"--cell:{cell}px\">\n<thead><tr><th class=\"corner\">"
        );
        AppendScale(html);
        html.Append("</th>");
        foreach (var input in report.Inputs)
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
        foreach (var method in report.Methods)
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
        if (report.Scale is { } map)
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
        html.Append("<div class=\"predictions\">");
        foreach (var (label, probability) in input.Predictions)
        {
            html.Append(
                CultureInfo.InvariantCulture,
                $"<span class=\"label\" title=\"{Encode(label)}\">{Encode(label)}</span><i><b "
                    + $"style=\"width:{Math.Clamp(probability, 0, 1) * 100:0.#}%\"></b></i>"
                    + $"<span>{probability * 100:0}%</span>"
            );
        }

        html.Append("</div></th>");
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
}
