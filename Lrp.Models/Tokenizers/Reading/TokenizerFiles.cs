using System.Text.Json;

namespace Lrp.Models.Tokenizers.Reading;

/// <summary>Files of a tokenizer's folder.</summary>
internal static class TokenizerFiles
{
    /// <summary>Reads a file that holds a JSON object.</summary>
    /// <exception cref="FormatException">It holds something else, or is cut off.</exception>
    public static JsonDocument ReadJson(string path)
    {
        using var stream = File.OpenRead(path);
        var document = JsonDocument.Parse(stream);
        if (document.RootElement.ValueKind == JsonValueKind.Object)
        {
            return document;
        }

        document.Dispose();
        throw new FormatException($"{Path.GetFileName(path)} holds no JSON object.");
    }
}
