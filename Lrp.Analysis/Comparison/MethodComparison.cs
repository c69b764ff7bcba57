using System.Globalization;
using System.Net;
using System.Text;
using Lrp.Pictures;
using MathNet.Numerics.Statistics;

namespace Lrp.Analysis.Comparison;

/// <summary>One sentence explained by several methods, a row each, and how far the methods agree.</summary>
public sealed class MethodComparison
{
    private readonly List<(string Method, double[] Relevance)> _rows = [];

    /// <summary>A comparison without rows.</summary>
    /// <param name="words">The words of the sentence.</param>
    public MethodComparison(IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        if (words.Count < 2)
        {
            throw new ArgumentException($"A comparison ranks words; the sentence has {words.Count}.");
        }

        Words = words;
    }

    /// <summary>The words.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>The methods, in the order in which they were added.</summary>
    public IReadOnlyList<string> Methods => [.. _rows.Select(row => row.Method)];

    /// <summary>Adds a method that gives relevance, by LRP or a decomposition for instance.</summary>
    /// <param name="method">Its name.</param>
    /// <param name="relevance">A number a word; the larger, the more relevant.</param>
    /// <returns>This.</returns>
    public MethodComparison Add(string method, IReadOnlyList<double> relevance)
    {
        ArgumentException.ThrowIfNullOrEmpty(method);
        ArgumentNullException.ThrowIfNull(relevance);
        if (relevance.Count != Words.Count || relevance.Any(value => !double.IsFinite(value)))
        {
            throw new ArgumentException($"'{method}' must give a finite number for each of the {Words.Count} words; it gives {relevance.Count}, {relevance.Count(double.IsFinite)} of them finite.");
        }

        _rows.Add((method, [.. relevance]));
        return this;
    }

    /// <summary>Adds what a hidden state knows of the words: the bits by which σ falls short of its largest value.</summary>
    /// <param name="method">Its name.</param>
    /// <param name="sigma">σ a word; the smaller, the more the state depends on the word.</param>
    /// <returns>This.</returns>
    public MethodComparison AddInformation(string method, IReadOnlyList<double> sigma)
    {
        ArgumentNullException.ThrowIfNull(sigma);
        double largest = sigma.DefaultIfEmpty(0).Max();
        return Add(method, [.. sigma.Select(value => Math.Log2(largest / value))]);
    }

    /// <summary>
    /// Spearman's ρ between all pairs of methods, words of the same relevance sharing their mean rank; 1 of a method with
    /// itself, else NaN where one gives all words the same.
    /// </summary>
    public double[,] Correlations() => Correlations(row => row);

    /// <summary>The same between absolute values: whether methods find the same words, whatever they count for.</summary>
    public double[,] CorrelationsOfStrength() => Correlations(row => [.. row.Select(Math.Abs)]);

    /// <summary>The rows as a piece of a page: coloured words and the correlations.</summary>
    public string ToHtml()
    {
        var html = new StringBuilder("<table class=\"comparison\">\n");
        foreach ((string method, double[] relevance) in _rows)
        {
            html.Append("<tr><th>").Append(WebUtility.HtmlEncode(method)).Append("</th><td>").Append(TextHeatmap.ToHtml(Spaced, relevance)).Append("</td></tr>\n");
        }

        html.Append("</table>\n<table class=\"correlations\">\n<tr><th>rank correlation</th>");
        foreach (string method in Methods)
        {
            html.Append("<th>").Append(WebUtility.HtmlEncode(method)).Append("</th>");
        }

        html.Append("</tr>\n");
        foreach (IReadOnlyList<string> row in Table().Rows)
        {
            html.Append("<tr><th>").Append(WebUtility.HtmlEncode(row[0])).Append("</th>");
            foreach (string cell in row.Skip(1))
            {
                html.Append("<td>").Append(cell).Append("</td>");
            }

            html.Append("</tr>\n");
        }

        return html.Append("</table>\n").ToString();
    }

    /// <summary>The rows for a terminal that knows 24 bit colours.</summary>
    public string ToAnsi()
    {
        int width = Methods.Max(method => method.Length);
        return string.Join('\n', _rows.Select(row => row.Method.PadRight(width) + "  " + TextHeatmap.ToAnsi(Spaced, row.Relevance)));
    }

    /// <summary>The correlations as a table for a report.</summary>
    public ReportTable Table()
    {
        double[,] correlations = Correlations();
        return new ReportTable(
            "Rank correlation between methods",
            ["", .. Methods],
            [.. _rows.Select((row, i) => (IReadOnlyList<string>)[row.Method, .. Enumerable.Range(0, _rows.Count).Select(j => correlations[i, j].ToString("0.00;-0.00;0.00", CultureInfo.InvariantCulture))])],
            "Spearman's ρ over the words: 1 is the same order, 0 none in common, -1 the opposite.");
    }

    private IReadOnlyList<string> Spaced => [.. Words.Select(word => word + " ")];

    private double[,] Correlations(Func<double[], double[]> of) =>
        Correlation.SpearmanMatrix([.. _rows.Select(row => of(row.Relevance))]).ToArray();
}
