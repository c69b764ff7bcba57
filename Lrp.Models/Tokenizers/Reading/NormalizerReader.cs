using System.Text;
using Lrp.Models.Tokenizers.Normalizers;

namespace Lrp.Models.Tokenizers.Reading;

/// <summary>Reads the normalizer of tokenizer.json.</summary>
internal static class NormalizerReader
{
    private static readonly Dictionary<string, Func<JsonPart, INormalizer>> Known = new(StringComparer.Ordinal)
    {
        ["BertNormalizer"] = ReadBert,
        ["ByteLevel"] = _ => new ByteLevelNormalizer(),
        ["Lowercase"] = _ => RuneNormalizer.Lowercase,
        ["NFC"] = _ => new UnicodeNormalizer(NormalizationForm.FormC),
        ["NFD"] = _ => new UnicodeNormalizer(NormalizationForm.FormD),
        ["NFKC"] = _ => new UnicodeNormalizer(NormalizationForm.FormKC),
        ["NFKD"] = _ => new UnicodeNormalizer(NormalizationForm.FormKD),
        ["Nmt"] = _ => RuneNormalizer.Nmt,
        ["Precompiled"] = ReadCharsmap,
        ["Prepend"] = part => new PrependNormalizer(part.Text("prepend")),
        ["Replace"] = part => new ReplaceNormalizer(PatternReader.Read(part.Part("pattern")), part.Text("content")),
        ["Sequence"] = part => new NormalizerSequence([.. part.Parts("normalizers").Select(Read)]),
        ["Strip"] = part => new StripNormalizer(part.Flag("strip_left"), part.Flag("strip_right")),
        ["StripAccents"] = _ => RuneNormalizer.StripAccents,
    };

    public static INormalizer Read(JsonPart part) => part.Read(Known);

    private static BertNormalizer ReadBert(JsonPart part)
    {
        var lowercase = part.Flag("lowercase");
        return new BertNormalizer(
            part.Flag("clean_text"),
            part.Flag("handle_chinese_chars"),
            part.Flag("strip_accents", ifMissing: lowercase),
            lowercase
        );
    }

    private static CharsmapNormalizer ReadCharsmap(JsonPart part)
    {
        try
        {
            return new CharsmapNormalizer(new Charsmap(Convert.FromBase64String(part.Text("precompiled_charsmap"))));
        }
        catch (FormatException exception)
        {
            throw new FormatException($"{part.Path}: {exception.Message}", exception);
        }
    }
}
