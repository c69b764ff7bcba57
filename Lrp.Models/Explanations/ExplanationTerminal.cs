using System.Text;
using Lrp.Pictures;

namespace Lrp.Models.Explanations;

/// <summary>Explanations for a terminal.</summary>
internal static class ExplanationTerminal
{
    private const int BarWidth = 24;

    public static string Of(IReadOnlyList<TextExplanation> steps, bool? colors)
    {
        var colored = colors ?? CanShowColors();
        var text = new StringBuilder();
        foreach (var step in steps)
        {
            AppendHeading(text, step);
            if (colored)
            {
                AppendColored(text, step);
            }
            else
            {
                AppendPlain(text, step);
            }
        }

        return text.ToString();
    }

    private static bool CanShowColors() =>
        !Console.IsOutputRedirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") != "dumb";

    private static void AppendHeading(StringBuilder text, TextExplanation step)
    {
        string[] facts = [.. ExplanationFacts.Of(step)];
        if (facts.Length > 0)
        {
            text.AppendJoin("  ·  ", facts.Select(Clean)).Append('\n');
        }
    }

    private static void AppendColored(StringBuilder text, TextExplanation step)
    {
        var segments = TextSegment.Of(step);
        text.Append(
                TextHeatmap.ToAnsi(
                    [.. segments.Select(segment => segment.IsText ? segment.Shown : $" {segment.Shown} ")],
                    [.. segments.Select(segment => segment.Sum(step.Relevance))]
                )
            )
            .Append('\n');
    }

    private static void AppendPlain(StringBuilder text, TextExplanation step)
    {
        text.Append(Clean(step.Text)).Append('\n');
        var limit = ExplanationColors.Limit(step.Relevance);
        foreach (var segment in TextSegment.Of(step).Where(segment => segment.Tokens.Count > 0))
        {
            var value = segment.Sum(step.Relevance);
            var length = limit > 0 && double.IsFinite(value) ? (int)Math.Round(Math.Abs(value) / limit * BarWidth) : 0;
            var bar = new string(value < 0 ? '-' : '+', Math.Min(length, BarWidth));
            text.Append(ExplanationFacts.Number(value).PadLeft(11))
                .Append("  ")
                .Append(bar.PadRight(BarWidth))
                .Append("  ")
                .Append(Clean(segment.Shown).Trim())
                .Append('\n');
        }
    }

    // Control characters in a text could be interpreted as commands by the terminal.
    private static string Clean(string text) =>
        string.Concat(text.Where(letter => letter is '\n' or '\t' || !char.IsControl(letter)));
}
