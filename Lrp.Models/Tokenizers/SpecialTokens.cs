using System.Text.Json;
using Lrp.Models.Tokenizers.Reading;

namespace Lrp.Models.Tokenizers;

/// <summary>
/// The special tokens of a tokenizer by what they are for, as <c>tokenizer_config.json</c> and
/// <c>special_tokens_map.json</c> name them; null for those that they do not name.
/// </summary>
public sealed record SpecialTokens
{
    private static readonly string[] Files = ["special_tokens_map.json", "tokenizer_config.json"];

    /// <summary>Begins a text (bos_token).</summary>
    public string? Begin { get; init; }

    /// <summary>Ends a text (eos_token).</summary>
    public string? End { get; init; }

    /// <summary>Stands for what is unknown (unk_token).</summary>
    public string? Unknown { get; init; }

    /// <summary>Stands between two texts (sep_token).</summary>
    public string? Separator { get; init; }

    /// <summary>Fills up the shorter texts of a batch (pad_token).</summary>
    public string? Padding { get; init; }

    /// <summary>Begins a text that is classified (cls_token).</summary>
    public string? Class { get; init; }

    /// <summary>Stands for a token that is to be guessed (mask_token).</summary>
    public string? Mask { get; init; }

    /// <summary>Reads the tokens of a folder; what its files do not name is null.</summary>
    internal static SpecialTokens Read(string folder)
    {
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Files.Select(file => Path.Combine(folder, file)).Where(File.Exists))
        {
            using var document = TokenizerFiles.ReadJson(file);
            foreach (var entry in document.RootElement.EnumerateObject())
            {
                var content =
                    entry.Value.ValueKind == JsonValueKind.Object
                    && entry.Value.TryGetProperty("content", out var inner)
                        ? inner
                        : entry.Value;
                if (content.ValueKind == JsonValueKind.String)
                {
                    named[entry.Name] = content.GetString()!;
                }
            }
        }

        return new SpecialTokens
        {
            Begin = named.GetValueOrDefault("bos_token"),
            End = named.GetValueOrDefault("eos_token"),
            Unknown = named.GetValueOrDefault("unk_token"),
            Separator = named.GetValueOrDefault("sep_token"),
            Padding = named.GetValueOrDefault("pad_token"),
            Class = named.GetValueOrDefault("cls_token"),
            Mask = named.GetValueOrDefault("mask_token"),
        };
    }
}
