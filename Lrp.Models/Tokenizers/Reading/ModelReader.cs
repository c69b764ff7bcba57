using System.Text.Json;
using Lrp.Models.Tokenizers.Subwords;

namespace Lrp.Models.Tokenizers.Reading;

/// <summary>Reads the model of tokenizer.json.</summary>
internal static class ModelReader
{
    private static readonly Dictionary<string, Func<JsonPart, ISubwordModel>> Known = new(StringComparer.Ordinal)
    {
        ["BPE"] = ReadBpe,
        ["Unigram"] = ReadUnigram,
        ["WordLevel"] = part => new WordLevelModel(Vocabulary(part), part.Text("unk_token")),
        ["WordPiece"] = part => new WordPieceModel(
            Vocabulary(part),
            part.Text("unk_token"),
            part.Text("continuing_subword_prefix"),
            part.Number("max_input_chars_per_word")
        ),
    };

    public static ISubwordModel Read(JsonPart part) =>
        part.Has("type") ? part.Read(Known) : Known[GuessType(part)](part);

    /// <summary>The rules of a file merges.txt or of a list of strings: two tokens with a blank between them.</summary>
    public static (string Left, string Right) SplitMerge(string merge)
    {
        var parts = merge.Split(' ');
        return parts.Length == 2
            ? (parts[0], parts[1])
            : throw new FormatException($"The merge '{merge}' does not have two parts.");
    }

    /// <summary>Old files do not say the type, but each type has entries that others lack.</summary>
    private static string GuessType(JsonPart part) =>
        part.Has("merges") ? "BPE"
        : part.Optional("vocab")?.ValueKind == JsonValueKind.Array ? "Unigram"
        : part.Has("max_input_chars_per_word") ? "WordPiece"
        : "WordLevel";

    private static TokenTable Vocabulary(JsonPart part) =>
        new(
            part.Map("vocab")
                .Select(entry =>
                    entry.Value.ValueKind == JsonValueKind.Number && entry.Value.TryGetInt32(out var id)
                        ? KeyValuePair.Create(entry.Name, id)
                        : throw new FormatException($"{part.Path}.vocab has no integer for '{entry.Name}'.")
                )
        );

    private static BpeModel ReadBpe(JsonPart part)
    {
        if (part.Optional("dropout") is { ValueKind: JsonValueKind.Number } dropout && dropout.GetDouble() > 0)
        {
            throw new FormatException(
                $"{part.Path}.dropout is {dropout}, which makes tokens a matter of chance; set it to null."
            );
        }

        return new BpeModel(
            Vocabulary(part),
            [.. part.List("merges").Select(merge => Merge(merge, part.Path))],
            new BpeOptions
            {
                Unknown = part.OptionalText("unk_token"),
                FuseUnknown = part.Flag("fuse_unk", ifMissing: false),
                ByteFallback = part.Flag("byte_fallback", ifMissing: false),
                IgnoreMerges = part.Flag("ignore_merges", ifMissing: false),
                ContinuingPrefix = part.OptionalText("continuing_subword_prefix"),
                EndOfWordSuffix = part.OptionalText("end_of_word_suffix"),
            }
        );
    }

    private static (string Left, string Right) Merge(JsonElement merge, string path) =>
        merge.ValueKind switch
        {
            JsonValueKind.String => SplitMerge(merge.GetString()!),
            JsonValueKind.Array
                when merge.GetArrayLength() == 2
                    && merge[0].ValueKind == JsonValueKind.String
                    && merge[1].ValueKind == JsonValueKind.String => (merge[0].GetString()!, merge[1].GetString()!),
            _ => throw new FormatException($"{path}.merges has an entry that is not a pair of tokens: {merge}."),
        };

    private static UnigramModel ReadUnigram(JsonPart part) =>
        new(
            [
                .. part.List("vocab")
                    .Select(entry =>
                        entry.ValueKind == JsonValueKind.Array
                        && entry.GetArrayLength() == 2
                        && entry[0].ValueKind == JsonValueKind.String
                        && entry[1].ValueKind == JsonValueKind.Number
                            ? (entry[0].GetString()!, entry[1].GetDouble())
                            : throw new FormatException(
                                $"{part.Path}.vocab has an entry that is not a token and its score: {entry}."
                            )
                    ),
            ],
            part.OptionalNumber("unk_id"),
            part.Flag("byte_fallback", ifMissing: false)
        );
}
