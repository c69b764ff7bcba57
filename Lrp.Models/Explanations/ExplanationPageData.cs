using System.Globalization;
using System.Text.Json;

namespace Lrp.Models.Explanations;

/// <summary>What the script of a page needs to know, as JSON that may stand between tags.</summary>
internal static class ExplanationPageData
{
    // The serializer's own encoder writes <, > and & as escapes, so that no text ends the script.
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static string Of(IReadOnlyList<TextExplanation> steps) =>
        JsonSerializer.Serialize(
            new
            {
                Palette = ExplanationColors.Palette().Select(color => new[] { color.Background, color.Ink }),
                NotFinite = ExplanationColors.Css(double.NaN, 1).Background,
                Steps = steps.Select(Step),
            },
            Options
        );

    private static object Step(TextExplanation step) =>
        new
        {
            Pieces = step.Tokens.Select(token => token.Piece),
            Ids = step.Tokens.Select(token => token.Id),
            Words = Words.Of(step),
            Relevance = Numbers(step.Relevance),
            Layers = step.Layers?.Select(Numbers),
            Heads = Parts(step.Heads),
            Experts = Parts(step.Experts),
        };

    private static object? Parts(PartRelevance? parts) => parts?.PerToken?.Select(block => block.Select(Numbers));

    // Six digits, so that pages of many layers stay small; what is no number is null.
    private static IEnumerable<double?> Numbers(IReadOnlyList<double> values) =>
        values.Select(value =>
            double.IsFinite(value)
                ? double.Parse(value.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
                : (double?)null
        );
}
