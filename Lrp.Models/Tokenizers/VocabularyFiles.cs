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
    private const string Fast = "Fast";

    private static readonly string[] BertClasses = ["BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer"];
    private static readonly string[] Gpt2Classes = ["GPT2Tokenizer", "GPTNeoXTokenizer"];
    private static readonly string[] RobertaClasses = ["RobertaTokenizer", "BartTokenizer"];

    /// <summary>Model types whose tokenizer is RoBERTa's where no file names a class.</summary>
    private static readonly string[] RobertaTypes = ["roberta", "bart"];

    /// <summary>BERT's tokenizer.</summary>
    /// <exception cref="FormatException">The folder's tokenizer is of another class.</exception>
    public static TokenizerParts ReadBert(string folder, SpecialTokens named)
    {
        if (ClassOf(folder) is { } name)
        {
            ThrowUnlessIn(BertClasses, name, WordPieceFile);
        }

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
        using var config = Json(folder, "tokenizer_config.json");
        var settings = new JsonPart(config.RootElement, "");
        var lowercase = settings.Flag("do_lower_case", ifMissing: true);
        return new TokenizerParts(new WordPieceModel(tokens, special.Unknown, "##", longestWord: 100))
        {
            Added = Added(folder, special),
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

    /// <summary>GPT-2's tokenizer, or RoBERTa's where the class or else the type of the model says so.</summary>
    /// <exception cref="FormatException">The folder's tokenizer is of another class.</exception>
    public static TokenizerParts ReadGpt2(string folder, SpecialTokens named)
    {
        var name = ClassOf(folder) ?? (IsOfRobertaType(folder) ? RobertaClasses[0] : Gpt2Classes[0]);
        ThrowUnlessIn([.. Gpt2Classes, .. RobertaClasses], name, $"{BpeFile} and {MergesFile}");
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
        using var config = Json(folder, "tokenizer_config.json");
        var settings = new JsonPart(config.RootElement, "");
        var prefix = settings.Flag("add_prefix_space", ifMissing: false);
        var isRoberta = RobertaClasses.Contains(name);
        var special = isRoberta ? OfRoberta(named) : OfGpt2(named, tokens);
        return new TokenizerParts(new BpeModel(tokens, merges, new BpeOptions()))
        {
            Added = Added(folder, special),
            PreTokenizer = new ByteLevelPreTokenizer(prefix, useRegex: true),
            Processor =
                isRoberta
                    ? new ProcessorSequence([
                        new TrimProcessor(prefix),
                        TemplateProcessor.Roberta(Id(tokens, special.Class!), Id(tokens, special.Separator!)),
                    ])
                : settings.Flag("add_bos_token", ifMissing: false)
                    ? TemplateProcessor.Begun(Id(tokens, special.Begin ?? "<|endoftext|>"))
                : null,
            Decoder = new ByteLevelDecoder(),
            Special = special,
        };
    }

    private static SpecialTokens OfRoberta(SpecialTokens named) =>
        named with
        {
            Begin = named.Begin ?? "<s>",
            End = named.End ?? "</s>",
            Unknown = named.Unknown ?? "<unk>",
            Separator = named.Separator ?? "</s>",
            Padding = named.Padding ?? "<pad>",
            Class = named.Class ?? "<s>",
            Mask = named.Mask ?? "<mask>",
        };

    private static SpecialTokens OfGpt2(SpecialTokens named, TokenTable tokens)
    {
        var only = tokens.TryGetId("<|endoftext|>", out _) ? "<|endoftext|>" : null;
        return named with { Begin = named.Begin ?? only, End = named.End ?? only, Unknown = named.Unknown ?? only };
    }

    /// <summary>Special tokens, and those of added_tokens.json; RoBERTa's mask takes the blank before it.</summary>
    private static List<AddedToken> Added(string folder, SpecialTokens special)
    {
        using var added = Json(folder, "added_tokens.json");
        return
        [
            .. added
                .RootElement.EnumerateObject()
                .OrderBy(entry => entry.Value.GetInt32())
                .Select(entry => new AddedToken(entry.Name)),
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
    }

    /// <summary>The class of the folder's tokenizer; null where no file names it.</summary>
    private static string? ClassOf(string folder)
    {
        foreach (var file in new[] { "tokenizer_config.json", "config.json" })
        {
            using var json = Json(folder, file);
            if (new JsonPart(json.RootElement, "").OptionalText("tokenizer_class") is { } name)
            {
                return name.EndsWith(Fast, StringComparison.Ordinal) ? name[..^Fast.Length] : name;
            }
        }

        return null;
    }

    private static bool IsOfRobertaType(string folder)
    {
        using var json = Json(folder, "config.json");
        return RobertaTypes.Contains(new JsonPart(json.RootElement, "").OptionalText("model_type"));
    }

    /// <summary>Another tokenizer with files of the same names would cut other tokens.</summary>
    private static void ThrowUnlessIn(string[] known, string name, string files)
    {
        if (!known.Contains(name))
        {
            throw new FormatException(
                $"it is a {name}, and from {files} only {string.Join(", ", known)} can be read: save it as "
                    + "tokenizer.json with transformers, by AutoTokenizer.from_pretrained(…).save_pretrained(…)."
            );
        }
    }

    private static (int Id, string Text) Id(TokenTable tokens, string token) =>
        tokens.TryGetId(token, out var id)
            ? (id, token)
            : throw new FormatException($"The vocabulary has no '{token}', which stands around each text.");

    /// <summary>A file of the folder; an empty object where it is not there.</summary>
    private static System.Text.Json.JsonDocument Json(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        return File.Exists(path) ? TokenizerFiles.ReadJson(path) : System.Text.Json.JsonDocument.Parse("{}");
    }
}
