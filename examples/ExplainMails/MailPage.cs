using System.Globalization;
using System.Net;
using System.Text;
using Lrp.Decomposition.Agglomeration;
using Lrp.Pictures;
using Mails;

namespace ExplainMails;

/// <summary>
/// A page with one section per mail: the networks' outputs, the words coloured by their relevance, and the trees.
/// </summary>
/// <param name="mails">The mails.</param>
/// <param name="words">The words of each mail.</param>
internal sealed class MailPage(IReadOnlyList<SampleMail> mails, Token[][] words)
{
    // The trees of texts with at most this many words fit on the page and are not collapsed.
    private const int FewWords = 32;

    private const string Css = """
        :root { color-scheme: light; }
        body { margin: 0 auto; max-width: 1100px; padding: 32px 24px 64px; font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; color: #1c1f23; background: #fff; }
        h1 { font-size: 26px; } h2 { font-size: 19px; margin: 44px 0 2px; } p { max-width: 46em; }
        .verdict { color: #6a717a; margin: 0 0 12px; }
        table { border-collapse: collapse; } th { text-align: left; vertical-align: top; font-weight: 600; font-size: 13px; padding: 8px 18px 8px 0; width: 170px; }
        td { padding: 6px 0 10px; border-bottom: 1px solid #e3e6ea; } tr:last-child td { border: 0; }
        .tree { overflow-x: auto; margin: 8px 0 16px; } summary { cursor: pointer; font-weight: 600; font-size: 13px; }
        """;

    private readonly string[] _verdicts = new string[mails.Count];
    private readonly List<(string Method, double[][] Relevance)> _methods = [];
    private readonly List<(int Mail, string Network, AgglomerationTree Tree)> _trees = [];

    /// <summary>A mail's subject, shortened to fit into a table.</summary>
    public string Title(int mail) =>
        mails[mail].Text.Split('\n')[0] is { Length: > 36 } subject
            ? subject[..35].TrimEnd() + "…"
            : mails[mail].Text.Split('\n')[0];

    public void AddVerdicts(int mail, IReadOnlyList<(string Network, double LogOdds)> verdicts) =>
        _verdicts[mail] = string.Join(
            ", ",
            verdicts.Select(verdict => $"{verdict.Network} {verdict.LogOdds:+0.00;-0.00;0.00}")
        );

    public void AddWords(string method, double[][] relevance) => _methods.Add((method, relevance));

    public void AddTree(int mail, string network, AgglomerationTree tree) => _trees.Add((mail, network, tree));

    public void Save(string path)
    {
        var html = new StringBuilder(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Which words make a "
                + "mail spam?</title>\n<style>\n"
                + Css
                + "\n</style>\n</head>\n<body>\n"
        );
        html.Append(
                "<h1>Which words make a mail spam?</h1>\n<p>Ten mails of the SpamAssassin corpus that a small "
                    + "transformer and a small LSTM have not seen in training. "
            )
            .Append(
                "The explained number is the logit of spam minus the logit of mail. Red words are evidence for spam, "
                    + "blue words for mail; each row has its own scale. "
            )
            .Append(
                "Hover over a word to see its relevance. In the trees each box is a phrase, coloured by its score; "
                    + "hover over it to see the score and the interaction of its parts.</p>\n"
            );
        for (var i = 0; i < mails.Count; i++)
        {
            AppendMail(html, i);
        }

        File.WriteAllText(path, html.Append("</body>\n</html>\n").ToString(), new UTF8Encoding(false));
    }

    private void AppendMail(StringBuilder html, int mail)
    {
        string[] written = [.. words[mail].Select(token => token.Written.Replace('\n', ' '))];
        html.Append(
            CultureInfo.InvariantCulture,
            $"<section>\n<h2>{WebUtility.HtmlEncode(mails[mail].Text.Split('\n')[0])}</h2>\n<p "
                + $"class=\"verdict\">It is {MailNetwork.Labels[mails[mail].Label]}. Spam minus mail: "
                + $"{_verdicts[mail]}.</p>\n<table>\n"
        );
        foreach (var (method, relevance) in _methods)
        {
            html.Append(
                CultureInfo.InvariantCulture,
                $"<tr><th>{WebUtility.HtmlEncode(method)}</th>"
                    + $"<td>{TextHeatmap.ToHtml(written, relevance[mail])}</td></tr>\n"
            );
        }

        html.Append("</table>\n");
        foreach (var (_, network, tree) in _trees.Where(entry => entry.Mail == mail))
        {
            var svg = TextHierarchy.ToSvg(tree, [.. words[mail].Select(token => token.Word)], ColorMap.Bwr);
            html.Append(
                CultureInfo.InvariantCulture,
                $"<details{(words[mail].Length <= FewWords ? " open" : string.Empty)}><summary>{network}, tree of "
                    + $"phrases by contextual decomposition</summary>\n<div class=\"tree\">\n{svg}</div></details>\n"
            );
        }

        html.Append("</section>\n");
    }
}
