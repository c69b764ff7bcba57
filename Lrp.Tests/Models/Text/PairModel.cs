using System.Text.Json;
using System.Text.Json.Nodes;
using Lrp.Checkpoints;
using Lrp.Models;
using Lrp.Tests.Examples;
using static TorchSharp.torch;

namespace Lrp.Tests.Models.Text;

/// <summary>Small models that read two texts, in folders as the hub has them.</summary>
internal static class PairModel
{
    private static readonly string[] Words =
    [
        .. "[PAD] [BOS] [SEP] [CLS] [UNK] who where sleeps sits the cat dog on a mat and red".Split(' '),
    ];

    /// <summary>A model of the reference cases as it is, with a tokenizer for pairs.</summary>
    /// <param name="folder">An empty folder.</param>
    /// <param name="name">The model in the reference cases.</param>
    public static LanguageModel Load(TemporaryFolder folder, string name)
    {
        TinyModel.Copy(folder.Path, name);
        return Load(folder);
    }

    /// <summary>A model of the reference cases with another head, of two outputs for each token.</summary>
    /// <param name="folder">An empty folder.</param>
    /// <param name="name">The model in the reference cases.</param>
    /// <param name="ending">The end of its architecture's new name.</param>
    /// <param name="output">The name of its output layer.</param>
    /// <param name="kept">The beginnings of the names of the tensors that are kept.</param>
    public static LanguageModel Load(
        TemporaryFolder folder,
        string name,
        string ending,
        string output,
        params string[] kept
    )
    {
        TinyModel.Copy(folder.Path, name);
        var width = 0L;
        Edit(
            folder.Of("config.json"),
            config =>
            {
                width = (config["hidden_size"] ?? config["dim"] ?? config["d_model"])!.GetValue<long>();
                var old = config["architectures"]![0]!.GetValue<string>();
                config["architectures"] = new JsonArray(old[..old.IndexOf("For", StringComparison.Ordinal)] + ending);
                config["id2label"] = new JsonObject { ["0"] = "begin", ["1"] = "end" };
                config.AsObject().Remove("label2id");
            }
        );
        using var scope = NewDisposeScope();
        var path = folder.Of("model.safetensors");
        Dictionary<string, Tensor> tensors;
        using (var file = SafetensorsFile.Open(path))
        {
            tensors = file.ReadAll()
                .Where(entry => kept.Any(start => entry.Key.StartsWith(start, StringComparison.Ordinal)))
                .ToDictionary();
        }

        manual_seed(5);
        tensors[$"{output}.weight"] = randn(2, width);
        tensors[$"{output}.bias"] = randn(2);
        SafetensorsFile.Save(path, tensors);
        return Load(folder);
    }

    private static LanguageModel Load(TemporaryFolder folder)
    {
        var config = JsonNode.Parse(File.ReadAllText(folder.Of("config.json")))!;
        WriteTokenizer(folder.Of("tokenizer.json"), types: config["type_vocab_size"]?.GetValue<int>() ?? 2);
        return LanguageModel.Load(folder.Path, ScalarType.Float64);
    }

    /// <summary>Whole words; [CLS] first [SEP] second [SEP].</summary>
    private static void WriteTokenizer(string path, int types)
    {
        object Text(string id, int type) => new { Sequence = new { id, type_id = Math.Min(type, types - 1) } };
        object Special(string id, int type) => new { SpecialToken = new { id, type_id = Math.Min(type, types - 1) } };
        object Known(string id) =>
            new
            {
                id,
                ids = new[] { Array.IndexOf(Words, id) },
                tokens = new[] { id },
            };
        object Added(string content) =>
            new
            {
                id = Array.IndexOf(Words, content),
                content,
                special = true,
            };
        var json = new
        {
            version = "1.0",
            added_tokens = new[] { Added("[SEP]"), Added("[CLS]") },
            pre_tokenizer = new { type = "Whitespace" },
            post_processor = new
            {
                type = "TemplateProcessing",
                single = new[] { Special("[CLS]", 0), Text("A", 0), Special("[SEP]", 0) },
                pair = new[]
                {
                    Special("[CLS]", 0),
                    Text("A", 0),
                    Special("[SEP]", 0),
                    Text("B", 1),
                    Special("[SEP]", 1),
                },
                special_tokens = new Dictionary<string, object>
                {
                    ["[CLS]"] = Known("[CLS]"),
                    ["[SEP]"] = Known("[SEP]"),
                },
            },
            model = new
            {
                type = "WordLevel",
                vocab = Words.Index().ToDictionary(word => word.Item, word => word.Index),
                unk_token = "[UNK]",
            },
        };
        File.WriteAllText(path, JsonSerializer.Serialize(json));
    }

    private static void Edit(string path, Action<JsonNode> change)
    {
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        change(json);
        File.WriteAllText(path, json.ToJsonString());
    }
}
