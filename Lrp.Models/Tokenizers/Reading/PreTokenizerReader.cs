using Lrp.Models.Tokenizers.PreTokenizers;
using Lrp.Models.Tokenizers.Text;

namespace Lrp.Models.Tokenizers.Reading;

/// <summary>Reads the pre-tokenizer of tokenizer.json.</summary>
internal static class PreTokenizerReader
{
    private static readonly Dictionary<string, Func<JsonPart, IPreTokenizer>> Known = new(StringComparer.Ordinal)
    {
        ["BertPreTokenizer"] = _ => PatternPreTokenizer.Bert(),
        ["ByteLevel"] = part => new ByteLevelPreTokenizer(
            part.Flag("add_prefix_space"),
            part.Flag("use_regex", ifMissing: true)
        ),
        ["CharDelimiterSplit"] = part => new PatternPreTokenizer(
            new StringPattern(part.Text("delimiter")),
            SplitBehaviour.Removed
        ),
        ["Digits"] = part => PatternPreTokenizer.Digits(part.Flag("individual_digits")),
        ["FixedLength"] = part => new FixedLengthPreTokenizer(Math.Max(1, part.OptionalNumber("length") ?? 5)),
        ["Metaspace"] = ReadMetaspace,
        ["Punctuation"] = part =>
            PatternPreTokenizer.Punctuation(part.Choice<SplitBehaviour>("behavior", SplitBehaviour.Isolated)),
        ["Sequence"] = part => new PreTokenizerSequence([.. part.Parts("pretokenizers").Select(Read)]),
        ["Split"] = part => new PatternPreTokenizer(
            PatternReader.Read(part.Part("pattern")),
            part.Choice<SplitBehaviour>("behavior"),
            part.Flag("invert", ifMissing: false)
        ),
        ["Whitespace"] = _ => PatternPreTokenizer.Whitespace(),
        ["WhitespaceSplit"] = _ => PatternPreTokenizer.WhitespaceSplit(),
    };

    public static IPreTokenizer Read(JsonPart part) => part.Read(Known);

    /// <summary>Whether a Metaspace part puts its character before a text.</summary>
    public static PrependScheme ReadPrepend(JsonPart part) =>
        part.Flag("add_prefix_space", ifMissing: true)
            ? part.Choice<PrependScheme>("prepend_scheme", PrependScheme.Always)
            : PrependScheme.Never;

    private static MetaspacePreTokenizer ReadMetaspace(JsonPart part) =>
        new(part.Character("replacement"), ReadPrepend(part), part.Flag("split", ifMissing: true));
}
