using System.Globalization;
using System.Net;
using System.Text;

namespace Lrp.Pictures;

/// <summary>Draws the relevance of words: a text in which each token has the colour of its relevance.</summary>
public static class TextHeatmap
{
    private const string Reset = "\u001b[0m";

    /// <summary>The text as HTML, for use in a page.</summary>
    /// <param name="tokens">The tokens, including their spaces (" world").</param>
    /// <param name="relevance">One number per token.</param>
    /// <param name="options">Options of the heatmap; null for the defaults.</param>
    /// <returns>A <c>span</c> that contains one <c>span</c> per token, with the relevance as its tooltip.</returns>
    public static string ToHtml(
        IReadOnlyList<string> tokens,
        IReadOnlyList<double> relevance,
        HeatmapOptions? options = null
    )
    {
        var scale = Scale(tokens, relevance, ref options);
        var html = new StringBuilder("<span style=\"white-space:pre-wrap;line-height:1.9\">");
        for (var i = 0; i < tokens.Count; i++)
        {
            var background = scale.ColorOf(relevance[i]);
            html.Append(
                CultureInfo.InvariantCulture,
                $"<span title=\"{relevance[i]:G4}\" "
                    + $"style=\"background:{background};color:{Ink(background)};padding:.15em 0;border-radius:.2em\">"
            );
            html.Append(WebUtility.HtmlEncode(tokens[i])).Append("</span>");
        }

        return html.Append("</span>").ToString();
    }

    /// <summary>The text for a terminal that supports 24 bit colours.</summary>
    /// <param name="tokens">The tokens, including their spaces (" world").</param>
    /// <param name="relevance">One number per token.</param>
    /// <param name="options">Options of the heatmap; null for the defaults.</param>
    public static string ToAnsi(
        IReadOnlyList<string> tokens,
        IReadOnlyList<double> relevance,
        HeatmapOptions? options = null
    )
    {
        var scale = Scale(tokens, relevance, ref options);
        var text = new StringBuilder();
        for (var i = 0; i < tokens.Count; i++)
        {
            var background = scale.ColorOf(relevance[i]);
            var ink = Ink(background);

            // Control characters in a token could be interpreted as commands by the terminal.
            string token = new([
                .. tokens[i].Where(character => character is '\n' or '\t' || !char.IsControl(character)),
            ]);
            text.Append(CultureInfo.InvariantCulture, $"\u001b[48;2;{background.R};{background.G};{background.B}m")
                .Append(CultureInfo.InvariantCulture, $"\u001b[38;2;{ink.R};{ink.G};{ink.B}m{token}{Reset}");
        }

        return text.ToString();
    }

    private static HeatmapScale Scale(
        IReadOnlyList<string> tokens,
        IReadOnlyList<double> relevance,
        ref HeatmapOptions? options
    )
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(relevance);
        if (tokens.Count != relevance.Count)
        {
            throw new ArgumentException(
                $"There are {tokens.Count} tokens and {relevance.Count} relevances; give one per token."
            );
        }

        options ??= HeatmapOptions.Default with { ColorMap = ColorMap.Bwr };
        options.Validate();
        return HeatmapScale.Find(options, [new RelevanceMap([.. relevance], relevance.Count, 1)]);
    }

    /// <summary>Black or white, whichever is easier to read on a colour.</summary>
    private static Rgb Ink(Rgb background) => background.Luminance > 0.45 ? Rgb.Hex(0x000000) : Rgb.Hex(0xffffff);
}
