using System.Globalization;
using System.Net;
using System.Text;
using Lrp.Pictures;
using MathNet.Numerics.Statistics;

namespace Lrp.Analysis.Information;

/// <summary>One sentence explained by several methods, one row per method, and how far the methods agree.</summary>
public sealed class MethodComparison
{
    private readonly List<(string Method, double[] Relevance)> _rows = [];

    /// <summary>Creates a comparison without rows.</summary>
    /// <param name="words">The words of the sentence.</param>
    public MethodComparison(IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        if (words.Count < 2)
        {
            throw new ArgumentException($"A comparison needs several words to rank; the sentence has {words.Count}.");
        }

        Words = words;
    }

    /// <summary>The words.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>The methods, in the order in which they were added.</summary>
    public IReadOnlyList<string> Methods => [.. _rows.Select(row => row.Method)];

    /// <summary>Adds a method that gives relevance, for example LRP or a decomposition.</summary>
    /// <param name="method">The method's name.</param>
    /// <param name="relevance">One number per word; a larger number is more relevant.</param>
    /// <returns>This comparison.</returns>
    public MethodComparison Add(string method, IReadOnlyList<double> relevance)
    {
        ArgumentException.ThrowIfNullOrEmpty(method);
        ArgumentNullException.ThrowIfNull(relevance);
        if (relevance.Count != Words.Count || relevance.Any(value => !double.IsFinite(value)))
        {
            throw new ArgumentException(
                $"'{method}' must give one finite number per word for {Words.Count} words; it gives "
                    + $"{relevance.Count}, {relevance.Count(double.IsFinite)} of them finite."
            );
        }

        _rows.Add((method, [.. relevance]));
        return this;
    }

    /// <summary>Adds how much a hidden state depends on each word, as log₂(largest σ / σ) bits.</summary>
    /// <param name="method">The method's name.</param>
    /// <param name="sigma">One σ per word; the smaller it is, the more the state depends on the word.</param>
    /// <returns>This comparison.</returns>
    public MethodComparison AddInformation(string method, IReadOnlyList<double> sigma)
    {
        ArgumentNullException.ThrowIfNull(sigma);
        var largest = sigma.DefaultIfEmpty(0).Max();
        return Add(method, [.. sigma.Select(value => Math.Log2(largest / value))]);
    }

    /// <summary>
    /// Spearman's ρ between all pairs of methods. Words of the same relevance get their mean rank. It is 1 for a method
    /// with itself, and NaN if one of two methods gives all words the same relevance.
    /// </summary>
    public double[,] Correlations() => Correlations(row => row);

    /// <summary>
    /// Spearman's ρ between the absolute values: whether methods find the same words relevant, whatever the sign.
    /// </summary>
    public double[,] CorrelationsOfStrength() => Correlations(row => [.. row.Select(Math.Abs)]);

    /// <summary>
    /// The rows as a fragment of HTML: coloured words, and the tables of both correlations under their names.
    /// </summary>
    public string ToHtml()
    {
        var html = new StringBuilder("<table class=\"comparison\">\n");
        foreach (var (method, relevance) in _rows)
        {
            html.Append("<tr><th>")
                .Append(WebUtility.HtmlEncode(method))
                .Append("</th><td>")
                .Append(TextHeatmap.ToHtml(Spaced, relevance))
                .Append("</td></tr>\n");
        }

        html.Append("</table>\n");
        foreach (var table in new[] { Table(), TableOfStrength() })
        {
            Append(html, table);
        }

        return html.ToString();
    }

    /// <summary>The rows for a terminal that supports 24 bit colours.</summary>
    public string ToAnsi()
    {
        var width = Methods.Max(method => method.Length);
        return string.Join(
            '\n',
            _rows.Select(row => row.Method.PadRight(width) + "  " + TextHeatmap.ToAnsi(Spaced, row.Relevance))
        );
    }

    /// <summary><see cref="Correlations()"/> as a table for a report.</summary>
    public ReportTable Table() =>
        Table(
            "Spearman's ρ of relevance",
            Correlations(),
            "Over the words, with their signs: 1 is the same order, 0 is no correlation, -1 is the opposite order."
        );

    /// <summary><see cref="CorrelationsOfStrength"/> as a table for a report.</summary>
    public ReportTable TableOfStrength() =>
        Table(
            "Spearman's ρ of absolute relevance",
            CorrelationsOfStrength(),
            "Over the words, without signs: 1 if two methods order the words by strength alike. Information has no "
                + "sign and is compared in this way."
        );

    private ReportTable Table(string title, double[,] correlations, string note) =>
        new(
            title,
            ["", .. Methods],
            [
                .. Methods.Select(
                    (method, i) =>
                        (IReadOnlyList<string>)
                            [
                                method,
                                .. Enumerable
                                    .Range(0, _rows.Count)
                                    .Select(j =>
                                        correlations[i, j].ToString("0.00;-0.00;0.00", CultureInfo.InvariantCulture)
                                    ),
                            ]
                ),
            ],
            note
        );

    private static void Append(StringBuilder html, ReportTable table)
    {
        html.Append("<table class=\"correlations\">\n<caption>")
            .Append(WebUtility.HtmlEncode($"{table.Title}. {table.Note}"))
            .Append("</caption>\n<tr>");
        foreach (var method in table.Columns)
        {
            html.Append("<th>").Append(WebUtility.HtmlEncode(method)).Append("</th>");
        }

        html.Append("</tr>\n");
        foreach (var row in table.Rows)
        {
            html.Append("<tr><th>").Append(WebUtility.HtmlEncode(row[0])).Append("</th>");
            foreach (var cell in row.Skip(1))
            {
                html.Append("<td>").Append(cell).Append("</td>");
            }

            html.Append("</tr>\n");
        }

        html.Append("</table>\n");
    }

    private IReadOnlyList<string> Spaced => [.. Words.Select(word => word + " ")];

    private double[,] Correlations(Func<double[], double[]> of) =>
        Correlation.SpearmanMatrix([.. _rows.Select(row => of(row.Relevance))]).ToArray();
}
