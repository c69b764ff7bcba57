using System.Text.Json;
using Lrp.Models;
using Lrp.Models.Tokenizers;
using Lrp.Models.Transformers;
using Programs;
using static TorchSharp.torch;

namespace ExplainText;

/// <summary>
/// A BERT with two blocks that learns in seconds whether a review is good or bad, from sentences that are put together
/// by chance. "not" turns the word behind it around.
/// </summary>
internal static class ReviewModel
{
    private const int Steps = 200;
    private const int Batch = 64;

    private static readonly string[] Things = ["film", "music", "story", "cast", "end"];
    private static readonly string[] Good = ["good", "great", "lovely"];
    private static readonly string[] Bad = ["bad", "awful", "dull"];
    private static readonly string[] Fillers = ["really", "quite", "still", "so"];

    private static readonly string[] Words =
    [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "the",
        "was",
        "not",
        .. Things,
        .. Good,
        .. Bad,
        .. Fillers,
    ];

    /// <summary>Writes config.json and tokenizer.json, as a published model has them, and trains the model.</summary>
    /// <param name="folder">The folder for the two files.</param>
    public static LanguageModel Train(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), Config());
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), TokenizerJson());
        File.WriteAllText(Path.Combine(folder, "special_tokens_map.json"), """{ "pad_token": "[PAD]" }""");
        manual_seed(1);
        var tokenizer = Tokenizer.Load(folder);
        var transformer = Transformer.Random(folder, deviation: 0.2);
        var parameters = transformer.parameters().ToList();
        parameters.ForEach(parameter => parameter.requires_grad_());
        var random = new Random(1);
        using (var optimizer = optim.Adam(parameters, lr: 2e-3))
        {
            foreach (var _ in ProgressBar.Over("learning to read reviews", Enumerable.Range(0, Steps)))
            {
                using var scope = NewDisposeScope();
                var (texts, labels) = Draw(random);
                optimizer.zero_grad();
                nn.functional.cross_entropy(Logits(transformer, tokenizer, texts), tensor(labels)).backward();
                optimizer.step();
            }
        }

        parameters.ForEach(parameter => parameter.requires_grad_(false));
        return new LanguageModel(transformer, tokenizer, "a BERT of two blocks, trained on the spot");
    }

    /// <summary>The part of new sentences that the model reads right.</summary>
    public static double Accuracy(LanguageModel model)
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var (texts, labels) = Draw(new Random(2));
        var predicted = Logits(model.Transformer, model.Tokenizer, texts).argmax(1);
        return predicted.eq(tensor(labels)).to(ScalarType.Float64).mean().item<double>();
    }

    private static Tensor Logits(Transformer transformer, Tokenizer tokenizer, IEnumerable<string> texts)
    {
        var encodings = tokenizer.EncodeBatch(texts);
        var ids = stack(encodings.Select(encoding => tensor([.. encoding.Ids], dtype: ScalarType.Int64)));
        var mask = stack(encodings.Select(encoding => tensor([.. encoding.AttentionMask], dtype: ScalarType.Int64)));
        return transformer.call(ids, mask, null, null);
    }

    private static (string[] Texts, long[] Labels) Draw(Random random)
    {
        var texts = new string[Batch];
        var labels = new long[Batch];
        for (var k = 0; k < Batch; k++)
        {
            var (isGood, isTurned) = (random.Next(2) == 1, random.Next(2) == 1);
            var words = new List<string> { "the", One(Things), "was" };
            if (random.Next(2) == 1)
            {
                words.Add(One(Fillers));
            }

            if (isTurned)
            {
                words.Add("not");
            }

            if (random.Next(2) == 1)
            {
                words.Add(One(Fillers));
            }

            words.Add(One(isGood ? Good : Bad));
            texts[k] = string.Join(' ', words);
            labels[k] = isGood != isTurned ? 1 : 0;
        }

        return (texts, labels);

        string One(string[] choices) => choices[random.Next(choices.Length)];
    }

    private static string Config() =>
        JsonSerializer.Serialize(
            new Dictionary<string, object>
            {
                ["model_type"] = "bert",
                ["architectures"] = new[] { "BertForSequenceClassification" },
                ["vocab_size"] = Words.Length,
                ["hidden_size"] = 32,
                ["num_hidden_layers"] = 2,
                ["num_attention_heads"] = 4,
                ["intermediate_size"] = 64,
                ["hidden_act"] = "gelu",
                ["layer_norm_eps"] = 1e-12,
                ["max_position_embeddings"] = 32,
                ["type_vocab_size"] = 2,
                ["pad_token_id"] = 0,
                ["id2label"] = new Dictionary<string, string> { ["0"] = "BAD", ["1"] = "GOOD" },
            }
        );

    private static string TokenizerJson() =>
        JsonSerializer.Serialize(
            new
            {
                version = "1.0",
                added_tokens = Array.Empty<object>(),
                pre_tokenizer = new { type = "Whitespace" },
                post_processor = new
                {
                    type = "BertProcessing",
                    sep = new object[] { "[SEP]", 3 },
                    cls = new object[] { "[CLS]", 2 },
                },
                model = new
                {
                    type = "WordLevel",
                    vocab = Words.Select((word, id) => (word, id)).ToDictionary(entry => entry.word, entry => entry.id),
                    unk_token = "[UNK]",
                },
            }
        );
}
