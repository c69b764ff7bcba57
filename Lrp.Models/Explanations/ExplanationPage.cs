using System.Globalization;
using System.Net;
using System.Text;

namespace Lrp.Models.Explanations;

/// <summary>
/// The page of explanations. It is one file, and its policy forbids it to load anything; without scripts it shows the
/// text in colours and the numbers in a table.
/// </summary>
internal sealed class ExplanationPage
{
    private readonly StringBuilder _html = new();
    private readonly IReadOnlyList<TextExplanation> _steps;

    private ExplanationPage(IReadOnlyList<TextExplanation> steps) => _steps = steps;

    public static string Of(IReadOnlyList<TextExplanation> steps, string? title)
    {
        var page = new ExplanationPage(steps);
        page.AppendHead(title ?? (steps[0].Model.Length > 0 ? steps[0].Model : "Explanation"));
        page.AppendControls();
        for (var i = 0; i < steps.Count; i++)
        {
            page.AppendStep(i);
        }

        page.AppendData();
        return page._html.ToString();
    }

    private void AppendHead(string title)
    {
        _html.Append(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                + "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                + "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
                + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        );
        _html.Append("<title>").Append(Encode(title)).Append("</title>\n<style>\n");
        _html.Append(ExplanationPageStyle.Css).Append("</style>\n</head>\n<body>\n<main>\n");
        _html.Append("<h1 dir=\"auto\">").Append(Encode(title)).Append("</h1>\n");
    }

    private void AppendControls()
    {
        var layers = _steps.Max(step => step.Layers?.Count ?? 0);
        var stops = Enumerable.Range(0, 17).Select(i => ExplanationColors.Css((i / 8.0) - 1, 1).Background);
        _html.Append("<div class=\"controls\">\n<div class=\"key\"><span>against</span><span class=\"scale\">");
        foreach (var stop in stops)
        {
            _html.Append(CultureInfo.InvariantCulture, $"<i style=\"background:{stop}\"></i>");
        }

        _html.Append("</span><span>for</span></div>\n");
        if (layers > 0)
        {
            _html.Append(
                CultureInfo.InvariantCulture,
                $"<label class=\"script\">relevance at <input type=\"range\" id=\"layer\" min=\"0\" max=\"{layers}\" "
                    + $"value=\"0\" step=\"1\"> <output id=\"layer-name\" for=\"layer\">the tokens</output></label>\n"
            );
        }

        _html.Append("<label class=\"script\"><input type=\"checkbox\" id=\"words\"> whole words</label>\n");
        if (_steps.Count > 1)
        {
            _html.Append(
                "<label class=\"script\"><input type=\"checkbox\" id=\"common\"> one scale for all rows</label>\n"
            );
        }

        _html.Append("</div>\n");
    }

    private void AppendStep(int index)
    {
        var step = _steps[index];
        _html.Append("<article class=\"step\">\n");
        AppendHeading(step);
        AppendText(step);
        _html.Append(
            "<p class=\"read\" aria-live=\"polite\"><span class=\"hint script\">Point at a token, or go through the "
                + "text with the arrow keys.</span></p>\n"
        );
        AppendGrid("heads", "head", step.Heads);
        AppendGrid("experts", "expert", step.Experts);
        AppendNumbers(step);
        _html.Append("</article>\n");
    }

    private void AppendHeading(TextExplanation step)
    {
        _html.Append("<h2>");
        if (step.Target.Length > 0)
        {
            _html.Append("<bdi class=\"target\">").Append(Encode(step.Target)).Append("</bdi>");
        }

        if (step.Against is { } against)
        {
            _html.Append(" <small>against</small> <bdi class=\"target\">").Append(Encode(against)).Append("</bdi>");
        }

        _html.Append("</h2>\n<p class=\"facts\">");
        var facts = new[] { $"score {ExplanationFacts.Number(step.Score)}", step.Method, step.Model };
        _html
            .AppendJoin(" · ", facts.Where(fact => fact.Length > 0).Select(fact => $"<bdi>{Encode(fact)}</bdi>"))
            .Append("</p>\n");
    }

    private void AppendText(TextExplanation step)
    {
        var segments = TextSegment.Of(step);
        var limit = ExplanationColors.Limit(segments.Select(segment => segment.Sum(step.Relevance)));
        _html.Append(
            "<p class=\"text\" dir=\"auto\" tabindex=\"0\" role=\"group\" "
                + "aria-label=\"the explained text, token by token\">"
        );
        foreach (var segment in segments)
        {
            if (segment.Tokens.Count == 0)
            {
                _html.Append(Encode(segment.Shown));
                continue;
            }

            // A span without margins, padding or isolation: letters of neighbouring spans still join.
            var (background, ink) = ExplanationColors.Css(segment.Sum(step.Relevance), limit);
            var (tag, kind) = segment.IsText ? ("span", "t") : ("bdi", "t special");
            _html.Append(
                CultureInfo.InvariantCulture,
                $"<{tag} class=\"{kind}\" data-i=\"{string.Join(' ', segment.Tokens)}\" "
                    + $"title=\"{ExplanationFacts.Number(segment.Sum(step.Relevance))}\" "
                    + $"style=\"background:{background};color:{ink}\">{Encode(segment.Shown)}</{tag}>"
            );
        }

        _html.Append("</p>\n");
    }

    private void AppendGrid(string kind, string name, PartRelevance? parts)
    {
        if (parts is null || parts.Sums.All(block => block.Count == 0))
        {
            return;
        }

        var limit = ExplanationColors.Limit(parts.Sums.SelectMany(block => block));
        var widest = parts.Sums.Max(block => block.Count);
        _html.Append(
            CultureInfo.InvariantCulture,
            $"<div class=\"wide\"><table class=\"grid\" data-kind=\"{kind}\"><caption>{kind}, one row for each block"
        );
        _html.Append(parts.PerToken is null ? "" : "<span class=\"script\">; choose one to see its tokens</span>");
        _html.Append("</caption>\n<thead><tr><th scope=\"col\">block</th>");
        for (var part = 0; part < widest; part++)
        {
            _html.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\">{part + 1}</th>");
        }

        _html.Append("</tr></thead>\n<tbody>\n");
        for (var block = 0; block < parts.Sums.Count; block++)
        {
            _html.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{block + 1}</th>");
            for (var part = 0; part < parts.Sums[block].Count; part++)
            {
                var value = parts.Sums[block][part];
                var label = $"block {block + 1}, {name} {part + 1}: {ExplanationFacts.Number(value)}";
                var background = ExplanationColors.Css(value, limit).Background;
                _html.Append(
                    parts.PerToken is null
                        ? $"<td><i role=\"img\" aria-label=\"{label}\" title=\"{label}\" "
                            + $"style=\"background:{background}\"></i></td>"
                        : $"<td><button type=\"button\" aria-pressed=\"false\" data-b=\"{block}\" data-p=\"{part}\" "
                            + $"aria-label=\"{label}\" title=\"{label}\" "
                            + $"style=\"background:{background}\"></button></td>"
                );
            }

            _html.Append("</tr>\n");
        }

        _html.Append("</tbody></table></div>\n");
    }

    private void AppendNumbers(TextExplanation step)
    {
        _html.Append(
            "<details><summary>all numbers</summary><div class=\"wide\"><table class=\"numbers\"><thead><tr>"
                + "<th scope=\"col\">token</th><th scope=\"col\">id</th><th scope=\"col\">relevance</th></tr>"
                + "</thead>\n<tbody>\n"
        );
        for (var i = 0; i < step.Tokens.Count; i++)
        {
            var token = step.Tokens[i];
            _html.Append(
                CultureInfo.InvariantCulture,
                $"<tr><th scope=\"row\"><bdi>{Encode(token.Piece)}</bdi></th><td>{token.Id}</td>"
                    + $"<td>{step.Relevance[i]:G6}</td></tr>\n"
            );
        }

        _html.Append("</tbody></table></div></details>\n");
    }

    private void AppendData() =>
        _html
            .Append("</main>\n<script type=\"application/json\" id=\"data\">")
            .Append(ExplanationPageData.Of(_steps))
            .Append("</script>\n<script>\n")
            .Append(ExplanationPageScript.Code)
            .Append("</script>\n</body>\n</html>\n");

    // Control characters are no part of a page; the pictures that Unicode has of them stand for them.
    private static string Encode(string text) =>
        WebUtility.HtmlEncode(
            string.Concat(
                text.Select(letter =>
                    char.IsControl(letter) && letter is not ('\n' or '\t' or '\r')
                        ? letter < ' '
                            ? (char)('\u2400' + letter)
                            : '\ufffd'
                        : letter
                )
            )
        );
}
