using System.Text.Json;
using Lrp.Checkpoints;
using Lrp.Models;
using Lrp.Tests.Examples;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Models.Text;

/// <summary>
/// A small LLaMA with a tokenizer that is as large as its vocabulary, in a folder as the hub has them.
/// </summary>
internal static class TinyModel
{
    private const int VocabularySize = 90;

    /// <summary>A folder of the reference cases.</summary>
    public static string Folder(string name) => Path.Combine(AppContext.BaseDirectory, "Golden", "transformers", name);

    /// <summary>Writes a tokenizer of single letters beside a copy of a model, and loads both.</summary>
    /// <param name="folder">An empty folder.</param>
    /// <param name="name">The model in the reference cases.</param>
    /// <param name="size">The number of the tokenizer's tokens.</param>
    public static LanguageModel Load(string folder, string name = "llama-0", int size = VocabularySize)
    {
        Copy(folder, name);
        WriteTokenizer(folder, size);
        return LanguageModel.Load(folder, torch.ScalarType.Float64);
    }

    /// <summary>Copies a model without a tokenizer.</summary>
    public static void Copy(string folder, string name)
    {
        foreach (var file in Directory.GetFiles(Folder(name)))
        {
            if (!Path.GetFileName(file).StartsWith("case-", StringComparison.Ordinal))
            {
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            }
        }
    }

    /// <summary>A tokenizer whose tokens are the blank, the letters a to z and "th", and the mask [MASK].</summary>
    /// <param name="folder">Where it is written.</param>
    /// <param name="size">The number of its tokens.</param>
    public static void WriteTokenizer(string folder, int size = VocabularySize)
    {
        var vocabulary = new Dictionary<string, int>
        {
            ["<unk>"] = 0,
            ["<s>"] = 1,
            [" "] = 2,
            ["t"] = 3,
            ["h"] = 4,
        };
        foreach (var letter in "abcdefgijklmnopqrsuvwxyz")
        {
            vocabulary.Add(letter.ToString(), vocabulary.Count);
        }

        vocabulary.Add("th", vocabulary.Count);
        var mask = vocabulary.Count;
        vocabulary.Add("[MASK]", mask);
        while (vocabulary.Count < size)
        {
            vocabulary.Add($"{(char)('A' + (vocabulary.Count % 26))}{vocabulary.Count}", vocabulary.Count);
        }

        File.WriteAllText(
            Path.Combine(folder, "tokenizer.json"),
            JsonSerializer.Serialize(
                new
                {
                    version = "1.0",
                    added_tokens = new[]
                    {
                        new
                        {
                            id = mask,
                            content = "[MASK]",
                            special = true,
                        },
                    },
                    model = new
                    {
                        type = "BPE",
                        vocab = vocabulary,
                        merges = new[] { "t h" },
                        unk_token = "<unk>",
                    },
                    decoder = new { type = "Fuse" },
                }
            )
        );
    }

    /// <summary>The encoder of a model for masked words, without its head.</summary>
    public static TemporaryFolder EncoderFolder()
    {
        var folder = new TemporaryFolder();
        Copy(folder.Path, "bert-2");
        WriteTokenizer(folder.Path);
        var config = folder.Of("config.json");
        var text = File.ReadAllText(config).Replace("BertForMaskedLM", "BertModel", StringComparison.Ordinal);
        File.WriteAllText(config, text);

        using var scope = NewDisposeScope();
        var weights = folder.Of("model.safetensors");
        Dictionary<string, Tensor> all;
        using (var file = SafetensorsFile.Open(weights))
        {
            all = file.ReadAll();
        }

        SafetensorsFile.Save(
            weights,
            all.Where(entry => entry.Key.StartsWith("bert.", StringComparison.Ordinal))
                .ToDictionary(entry => entry.Key, entry => entry.Value)
        );
        return folder;
    }
}
