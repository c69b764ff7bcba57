using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Lrp.Pictures;

namespace Lrp.Models.Explanations;

/// <summary>Which tokens of two texts are relevant together: one number for each pair (BiLRP).</summary>
public sealed record PairExplanation
{
    private static readonly JsonSerializerOptions Json = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Checks that there is a number for each pair.</summary>
    /// <param name="first">A text with its tokens, the rows.</param>
    /// <param name="second">Another, the columns.</param>
    /// <param name="relevance">The relevance of each pair, a list for each token of the first text.</param>
    /// <exception cref="ArgumentException">There is not one number for each pair.</exception>
    public PairExplanation(
        (string Text, IReadOnlyList<TextToken> Tokens) first,
        (string Text, IReadOnlyList<TextToken> Tokens) second,
        IReadOnlyList<IReadOnlyList<double>> relevance
    )
    {
        ArgumentNullException.ThrowIfNull(relevance);
        if (relevance.Count != first.Tokens.Count || relevance.Any(row => row.Count != second.Tokens.Count))
        {
            throw new ArgumentException(
                $"Texts of {first.Tokens.Count} and {second.Tokens.Count} tokens need {first.Tokens.Count} lists of "
                    + $"{second.Tokens.Count} numbers."
            );
        }

        First = first;
        Second = second;
        Relevance = relevance;
    }

    /// <summary>The text whose tokens are the rows.</summary>
    public (string Text, IReadOnlyList<TextToken> Tokens) First { get; }

    /// <summary>The text whose tokens are the columns.</summary>
    public (string Text, IReadOnlyList<TextToken> Tokens) Second { get; }

    /// <summary>The relevance of each pair.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Relevance { get; }

    /// <summary>The model.</summary>
    public string Model { get; init; } = string.Empty;

    /// <summary>The method.</summary>
    public string Method { get; init; } = string.Empty;

    /// <summary>The similarity of the texts.</summary>
    public double Score { get; init; }

    /// <summary>The pairs with the largest relevance, as a Markdown table.</summary>
    /// <param name="count">How many.</param>
    public string ToMarkdown(int count = 10)
    {
        var table = new StringBuilder("| first text | second text | relevance |\n| --- | --- | ---: |\n");
        var pairs =
            from row in Enumerable.Range(0, First.Tokens.Count)
            from column in Enumerable.Range(0, Second.Tokens.Count)
            orderby Relevance[row][column] descending
            select (row, column);
        foreach (var (row, column) in pairs.Take(count))
        {
            var (left, right) = (Word(First, row), Word(Second, column));
            table.Append(CultureInfo.InvariantCulture, $"| {left} | {right} | {Relevance[row][column]:G4} |\n");
        }

        return table.ToString();
    }

    /// <summary>A page with a table of all pairs, in one file without anything from the network.</summary>
    public string ToHtml()
    {
        var limit = ExplanationColors.Limit(Relevance.SelectMany(row => row));
        var html = new StringBuilder();
        html.Append("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Pairs of tokens</title>")
            .Append("<meta http-equiv=\"Content-Security-Policy\" ")
            .Append("content=\"default-src 'none'; style-src 'unsafe-inline'\">")
            .Append("<style>:root{color-scheme:light dark}body{font:16px system-ui,sans-serif;margin:2em;}")
            .Append("table{border-collapse:collapse}td{min-width:2.2em;height:2.2em}")
            .Append("th{font-weight:400;padding:.2em .5em}thead th{writing-mode:vertical-rl;text-align:left}")
            .Append("tbody th{text-align:right}</style><h1>Which words are similar together?</h1>");
        html.Append(
            CultureInfo.InvariantCulture,
            $"<p>“{Encoded(First.Text)}” (rows) and “{Encoded(Second.Text)}” (columns): similarity {Score:F3}. "
                + $"{Encoded(Method)}, {Encoded(Model)}. Point at a cell to see its number.</p>"
                + $"<table><thead><tr><th></th>"
        );
        for (var column = 0; column < Second.Tokens.Count; column++)
        {
            html.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\">{Encoded(Word(Second, column))}</th>");
        }

        html.Append("</tr></thead><tbody>");
        for (var row = 0; row < First.Tokens.Count; row++)
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{Encoded(Word(First, row))}</th>");
            foreach (var value in Relevance[row])
            {
                var background = ExplanationColors.Css(value, limit).Background;
                html.Append(
                    CultureInfo.InvariantCulture,
                    $"<td style=\"background:{background}\" title=\"{value:G4}\"></td>"
                );
            }

            html.Append("</tr>");
        }

        return html.Append("</tbody></table></html>\n").ToString();
    }

    /// <summary>All numbers as JSON.</summary>
    public string ToJson() =>
        JsonSerializer.Serialize(
            new
            {
                model = Model,
                method = Method,
                score = Score,
                first = new { text = First.Text, tokens = First.Tokens.Select(token => token.Piece) },
                second = new { text = Second.Text, tokens = Second.Tokens.Select(token => token.Piece) },
                relevance = Relevance,
            },
            Json
        );

    /// <summary>A heatmap of the pairs, without words.</summary>
    /// <param name="pixelSize">The side of a cell in pixels.</param>
    public Picture ToPicture(int pixelSize = 16)
    {
        var map = new double[First.Tokens.Count, Second.Tokens.Count];
        for (var row = 0; row < First.Tokens.Count; row++)
        {
            for (var column = 0; column < Second.Tokens.Count; column++)
            {
                map[row, column] = Relevance[row][column];
            }
        }

        return Heatmap.Render(map, new HeatmapOptions { PixelSize = pixelSize, ColorMap = ColorMap.Bwr });
    }

    /// <summary>Saves a page (.html), a heatmap (.png), numbers (.json) or the strongest pairs (.txt).</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ArgumentException">The ending is none of these.</exception>
    public void Save(string path) => ExplanationFiles.Save(path, ToHtml, () => ToPicture(), ToJson, () => ToMarkdown());

    private static string Word((string Text, IReadOnlyList<TextToken> Tokens) side, int place)
    {
        var token = side.Tokens[place];
        return token.Length > 0 ? side.Text.Substring(token.Start, token.Length) : token.Piece;
    }

    private static string Encoded(string text) => WebUtility.HtmlEncode(text);
}
