using Lrp.Models.Tokenizers.Decoders;
using Lrp.Models.Tokenizers.Normalizers;
using Lrp.Models.Tokenizers.PreTokenizers;
using Lrp.Models.Tokenizers.Processors;
using Lrp.Models.Tokenizers.Reading;
using Lrp.Models.Tokenizers.Subwords;

namespace Lrp.Models.Tokenizers;

/// <summary>
/// Reads the files of older models: vocab.txt as BERT has it, vocab.json with merges.txt as GPT-2 and RoBERTa have
/// them. What the files do not say is as these models have it.
/// </summary>
internal static class VocabularyFiles
{
    public const string WordPieceFile = "vocab.txt";
    public const string BpeFile = "vocab.json";
    public const string MergesFile = "merges.txt";

    /// <summary>BERT's tokenizer.</summary>
    public static TokenizerParts ReadBert(string folder, SpecialTokens named)
    {
        var tokens = TokenTable.FromList(
            File.ReadLines(Path.Combine(folder, WordPieceFile)).Select(line => line.TrimEnd())
        );
        var special = named with
        {
            Unknown = named.Unknown ?? "[UNK]",
            Separator = named.Separator ?? "[SEP]",
            Padding = named.Padding ?? "[PAD]",
            Class = named.Class ?? "[CLS]",
            Mask = named.Mask ?? "[MASK]",
        };
        using var config = Config(folder);
        var settings = new JsonPart(config.RootElement, "");
        var lowercase = settings.Flag("do_lower_case", ifMissing: true);
        return new TokenizerParts(new WordPieceModel(tokens, special.Unknown, "##", longestWord: 100))
        {
            Added = Added(special),
            Normalizer = new BertNormalizer(
                cleanText: true,
                settings.Flag("tokenize_chinese_chars", ifMissing: true),
                settings.Flag("strip_accents", ifMissing: lowercase),
                lowercase
            ),
            PreTokenizer = PatternPreTokenizer.Bert(),
            Processor = TemplateProcessor.Bert(Id(tokens, special.Class), Id(tokens, special.Separator)),
            Decoder = TokenDecoder.WordPiece("##", cleanup: true),
            Special = special,
        };
    }

    /// <summary>GPT-2's tokenizer, or RoBERTa's where the configuration names its class.</summary>
    public static TokenizerParts ReadGpt2(string folder, SpecialTokens named)
    {
        using var vocabulary = TokenizerFiles.ReadJson(Path.Combine(folder, BpeFile));
        var tokens = new TokenTable(
            vocabulary
                .RootElement.EnumerateObject()
                .Select(entry => KeyValuePair.Create(entry.Name, entry.Value.GetInt32()))
        );
        var merges = File.ReadLines(Path.Combine(folder, MergesFile))
            .Where(line => line.Length > 0 && !line.StartsWith("#version", StringComparison.Ordinal))
            .Select(ModelReader.SplitMerge)
            .ToList();
        using var config = Config(folder);
        var settings = new JsonPart(config.RootElement, "");
        var prefix = settings.Flag("add_prefix_space", ifMissing: false);
        var isRoberta =
            settings.OptionalText("tokenizer_class")?.StartsWith("Roberta", StringComparison.Ordinal) == true;
        return new TokenizerParts(new BpeModel(tokens, merges, new BpeOptions()))
        {
            Added = Added(named),
            PreTokenizer = new ByteLevelPreTokenizer(prefix, useRegex: true),
            Processor = isRoberta
                ? new ProcessorSequence([
                    new TrimProcessor(prefix),
                    TemplateProcessor.Roberta(Id(tokens, named.Class ?? "<s>"), Id(tokens, named.Separator ?? "</s>")),
                ])
                : null,
            Decoder = new ByteLevelDecoder(),
            Special = named,
        };
    }

    /// <summary>RoBERTa's mask takes the blank before it.</summary>
    private static List<AddedToken> Added(SpecialTokens special) =>
        [
            .. new[]
            {
                special.Begin,
                special.Padding,
                special.End,
                special.Unknown,
                special.Separator,
                special.Class,
                special.Mask,
            }
                .OfType<string>()
                .Distinct()
                .Select(token => AddedToken.Special(token) with { TakesLeft = token == "<mask>" }),
        ];

    private static (int Id, string Text) Id(TokenTable tokens, string token) =>
        tokens.TryGetId(token, out var id)
            ? (id, token)
            : throw new FormatException($"The vocabulary has no '{token}', which stands around each text.");

    private static System.Text.Json.JsonDocument Config(string folder)
    {
        var path = Path.Combine(folder, "tokenizer_config.json");
        return File.Exists(path) ? TokenizerFiles.ReadJson(path) : System.Text.Json.JsonDocument.Parse("{}");
    }
}
