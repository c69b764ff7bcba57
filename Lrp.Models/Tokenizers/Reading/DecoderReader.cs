using Lrp.Models.Tokenizers.Decoders;
using Lrp.Models.Tokenizers.PreTokenizers;

namespace Lrp.Models.Tokenizers.Reading;

/// <summary>Reads the decoder of tokenizer.json.</summary>
internal static class DecoderReader
{
    private static readonly Dictionary<string, Func<JsonPart, IDecoder>> Known = new(StringComparer.Ordinal)
    {
        ["BPEDecoder"] = part => TokenDecoder.Suffix(part.Text("suffix")),
        ["ByteFallback"] = _ => new ByteFallbackDecoder(),
        ["ByteLevel"] = _ => new ByteLevelDecoder(),
        ["CTC"] = part => new CtcDecoder(
            part.Text("pad_token"),
            part.Text("word_delimiter_token"),
            part.Flag("cleanup")
        ),
        ["Fuse"] = _ => new FuseDecoder(),
        ["Metaspace"] = part =>
            TokenDecoder.Metaspace(
                part.Character("replacement"),
                PreTokenizerReader.ReadPrepend(part) != PrependScheme.Never
            ),
        ["Replace"] = part => TokenDecoder.Replace(PatternReader.Read(part.Part("pattern")), part.Text("content")),
        ["Sequence"] = part => new DecoderSequence([.. part.Parts("decoders").Select(Read)]),
        ["Strip"] = part => TokenDecoder.Strip(part.Character("content"), part.Number("start"), part.Number("stop")),
        ["WordPiece"] = part => TokenDecoder.WordPiece(part.Text("prefix"), part.Flag("cleanup")),
    };

    public static IDecoder Read(JsonPart part) => part.Read(Known);
}
