using System.Globalization;
using System.Net;
using System.Text;
using Lrp.Composites.Agglomeration;
using Lrp.Pictures;
using Mails;

namespace ExplainMails;

/// <summary>A page with a section a mail: what the networks say, the words in the colours of their relevance, the trees.</summary>
/// <param name="mails">The mails.</param>
/// <param name="words">The words of each.</param>
internal sealed class MailPage(IReadOnlyList<SampleMail> mails, Token[][] words)
{
    // The trees of texts so short fit a page and are shown at once.
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

    /// <summary>A mail's subject, cut to what fits a table.</summary>
    public string Title(int mail) => mails[mail].Text.Split('\n')[0] is { Length: > 36 } subject ? subject[..35].TrimEnd() + "…" : mails[mail].Text.Split('\n')[0];

    public void AddVerdicts(int mail, IReadOnlyList<(string Network, double LogOdds)> verdicts) =>
        _verdicts[mail] = string.Join(", ", verdicts.Select(verdict => $"{verdict.Network} {verdict.LogOdds:+0.00;-0.00;0.00}"));

    public void AddWords(string method, double[][] relevance) => _methods.Add((method, relevance));

    public void AddTree(int mail, string network, AgglomerationTree tree) => _trees.Add((mail, network, tree));

    public void Save(string path)
    {
        var html = new StringBuilder("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Which words make a mail spam?</title>\n<style>\n" + Css + "\n</style>\n</head>\n<body>\n");
        html.Append("<h1>Which words make a mail spam?</h1>\n<p>Ten mails of the SpamAssassin corpus that a small transformer and a small LSTM have not seen in training. ")
            .Append("What is explained is the logit of spam less the logit of mail. Red words speak for spam, blue ones for mail; each row has its own scale. ")
            .Append("Hover over a word for its share. In the trees a box is a phrase, in the colour of what its words say together; hover over it for what that is beyond its parts.</p>\n");
        for (int i = 0; i < mails.Count; i++)
        {
            AppendMail(html, i);
        }

        File.WriteAllText(path, html.Append("</body>\n</html>\n").ToString(), new UTF8Encoding(false));
    }

    private void AppendMail(StringBuilder html, int mail)
    {
        string[] written = [.. words[mail].Select(token => token.Written.Replace('\n', ' '))];
        html.Append(CultureInfo.InvariantCulture, $"<section>\n<h2>{WebUtility.HtmlEncode(mails[mail].Text.Split('\n')[0])}</h2>\n<p class=\"verdict\">It is {MailNetwork.Labels[mails[mail].Label]}. Spam less mail: {_verdicts[mail]}.</p>\n<table>\n");
        foreach ((string method, double[][] relevance) in _methods)
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><th>{WebUtility.HtmlEncode(method)}</th><td>{TextHeatmap.ToHtml(written, relevance[mail])}</td></tr>\n");
        }

        html.Append("</table>\n");
        foreach ((int _, string network, AgglomerationTree tree) in _trees.Where(entry => entry.Mail == mail))
        {
            string svg = TextHierarchy.ToSvg(tree, [.. words[mail].Select(token => token.Word)], ColorMap.Bwr);
            html.Append(CultureInfo.InvariantCulture, $"<details{(words[mail].Length <= FewWords ? " open" : string.Empty)}><summary>{network}, tree of phrases by contextual decomposition</summary>\n<div class=\"tree\">\n{svg}</div></details>\n");
        }

        html.Append("</section>\n");
    }
}
