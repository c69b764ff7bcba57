using Lrp.Models.Tokenizers.Reading;

namespace Lrp.Models.Tokenizers;

/// <summary>Reads tokenizer.json.</summary>
internal static class TokenizerJson
{
    private const string Version = "1.0";

    public static TokenizerParts Read(string path)
    {
        using var document = TokenizerFiles.ReadJson(path);
        var root = new JsonPart(document.RootElement, "");
        if (root.OptionalText("version") is { } version && version != Version)
        {
            throw new FormatException($"version is '{version}'; {Version} is the one that is known.");
        }

        return new TokenizerParts(ModelReader.Read(root.Part("model")))
        {
            Added = root.Has("added_tokens") ? [.. root.Parts("added_tokens").Select(ReadAdded)] : [],
            Normalizer = root.OptionalPart("normalizer") is { } normalizer ? NormalizerReader.Read(normalizer) : null,
            PreTokenizer = root.OptionalPart("pre_tokenizer") is { } cutter ? PreTokenizerReader.Read(cutter) : null,
            Processor = root.OptionalPart("post_processor") is { } processor ? ProcessorReader.Read(processor) : null,
            Decoder = root.OptionalPart("decoder") is { } decoder ? DecoderReader.Read(decoder) : null,
            Truncation = root.OptionalPart("truncation") is { } truncation ? ReadTruncation(truncation) : null,
            Padding = root.OptionalPart("padding") is { } padding ? ReadPadding(padding) : null,
        };
    }

    private static AddedToken ReadAdded(JsonPart part)
    {
        var special = part.Flag("special", ifMissing: false);
        return new AddedToken(part.Text("content"))
        {
            IsSpecial = special,
            IsNormalized = part.Flag("normalized", ifMissing: !special),
            SingleWord = part.Flag("single_word", ifMissing: false),
            TakesLeft = part.Flag("lstrip", ifMissing: false),
            TakesRight = part.Flag("rstrip", ifMissing: false),
        };
    }

    private static Truncation ReadTruncation(JsonPart part) =>
        new(part.Number("max_length"))
        {
            Strategy = part.Choice<TruncationStrategy>("strategy"),
            Stride = part.OptionalNumber("stride") ?? 0,
            Side = part.Choice<Side>("direction", Side.Right),
        };

    private static Padding ReadPadding(JsonPart part) =>
        new()
        {
            Length = part.Optional("strategy") is { ValueKind: System.Text.Json.JsonValueKind.Object }
                ? part.Part("strategy").Number("Fixed")
                : null,
            MultipleOf = Math.Max(1, part.OptionalNumber("pad_to_multiple_of") ?? 1),
            Side = part.Choice<Side>("direction", Side.Right),
            Token = part.Text("pad_token"),
            TypeId = part.OptionalNumber("pad_type_id") ?? 0,
        };
}
