using Lrp.Models.Tokenizers.Text;

namespace Lrp.Models.Tokenizers.Reading;

/// <summary>Reads a pattern, which is a string or a regular expression.</summary>
internal static class PatternReader
{
    public static ITextPattern Read(JsonPart part) =>
        part.OptionalText("String") is { } value ? new StringPattern(value) : new RegexPattern(part.Text("Regex"));
}
