using Lrp.Models.Tokenizers.Text;

namespace Lrp.Models.Tokenizers.PreTokenizers;

/// <summary>The pre-tokenizers that GGUF files name: how a text is cut before byte-pair encoding.</summary>
internal static class NamedPreTokenizers
{
    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private const string Digit = @"\p{N}";

    // As GPT-4 cuts texts, with up to three digits together, and with each digit alone.
    private const string ThreeDigits =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
        + @"|\s+(?!\S)|\s+";
    private const string OneDigit =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
        + @"|\s+(?!\S)|\s+";

    private static readonly Dictionary<string, NamedPreTokenizer> Known = new(StringComparer.Ordinal)
    {
        ["gpt-2"] = new([Gpt2]),
        ["llama3"] = new([ThreeDigits]) { TakesWholeWords = true, AddsBegin = true },
        ["llama-v3"] = new([ThreeDigits]) { TakesWholeWords = true, AddsBegin = true },
        ["llama-bpe"] = new([ThreeDigits]) { TakesWholeWords = true, AddsBegin = true },
        ["dbrx"] = new([ThreeDigits]),
        ["qwen2"] = new([OneDigit]),
        ["deepseek-r1-qwen"] = new([OneDigit]),
        ["smollm"] = new([Digit, Gpt2]),
    };

    /// <summary>The names.</summary>
    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <summary>The pre-tokenizer of a name; null where it is not known.</summary>
    public static NamedPreTokenizer? Find(string name) => Known.GetValueOrDefault(name);
}

/// <summary>A pre-tokenizer that GGUF files name, and what the name says beside it.</summary>
/// <param name="Patterns">A text is cut at the matches of each of them, one after the other.</param>
internal sealed record NamedPreTokenizer(IReadOnlyList<string> Patterns)
{
    /// <summary>Whether a piece that is a token is not cut by merges.</summary>
    public bool TakesWholeWords { get; init; }

    /// <summary>Whether a text begins with the token for it where the file does not say.</summary>
    public bool AddsBegin { get; init; }

    /// <summary>The pre-tokenizer, with each byte as a character behind it.</summary>
    public IPreTokenizer Create() =>
        new PreTokenizerSequence([
            .. Patterns.Select(pattern => new PatternPreTokenizer(new RegexPattern(pattern), SplitBehaviour.Isolated)),
            new ByteLevelPreTokenizer(addPrefixSpace: false, useRegex: false),
        ]);
}
