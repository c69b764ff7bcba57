using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lrp.Models.Explanations;

/// <summary>Explanations as JSON: all that they hold, under the names of their properties.</summary>
internal static class ExplanationJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // texts stay readable; a page embeds its data otherwise
    };

    public static string Of(TextExplanation explanation) => JsonSerializer.Serialize(explanation, Options);

    public static string Of(IReadOnlyList<TextExplanation> steps) => JsonSerializer.Serialize(steps, Options);
}
