using Lrp.Models.Transformers;
using static TorchSharp.torch;

namespace Lrp.Benchmarks.Cases;

/// <summary>The transformers that are explained, with random weights: what their config.json says.</summary>
internal static class Transformers
{
    /// <summary>Configurations by name.</summary>
    public static readonly IReadOnlyDictionary<string, string> Configurations = new Dictionary<string, string>
    {
        ["bert-base"] = """
            {
              "model_type": "bert", "architectures": ["BertForMaskedLM"], "vocab_size": 30522,
              "num_hidden_layers": 12, "hidden_size": 768, "intermediate_size": 3072, "num_attention_heads": 12,
              "max_position_embeddings": 512, "type_vocab_size": 2, "layer_norm_eps": 1e-12, "hidden_act": "gelu"
            }
            """,
        ["gpt2"] = """
            {
              "model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "vocab_size": 50257, "n_layer": 12,
              "n_embd": 768, "n_head": 12, "n_positions": 1024, "layer_norm_epsilon": 1e-5,
              "activation_function": "gelu_new"
            }
            """,
        ["llama-8x512"] = Llama(layers: 8, width: 512, inner: 1408, heads: 8, keyHeads: 8, vocabulary: 32000),
        ["llama-0.1B"] = Llama(layers: 30, width: 576, inner: 1536, heads: 9, keyHeads: 3, vocabulary: 49152),
        ["llama-0.3B"] = Llama(layers: 32, width: 960, inner: 2560, heads: 15, keyHeads: 5, vocabulary: 49152),
        ["llama-0.6B"] = Llama(layers: 28, width: 1280, inner: 3840, heads: 20, keyHeads: 10, vocabulary: 49152),
    };

    /// <summary>Creates a model.</summary>
    /// <param name="name">A key of <see cref="Configurations"/>.</param>
    /// <param name="dtype">The element type of the parameters.</param>
    public static Transformer Create(string name, ScalarType dtype = ScalarType.Float32)
    {
        var folder = Directory.CreateTempSubdirectory("lrp-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "config.json"), Configurations[name]);
            manual_seed(0);
            return Transformer.Random(folder, dtype);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Llama(int layers, int width, int inner, int heads, int keyHeads, int vocabulary) =>
        $$"""
            {
              "model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": {{vocabulary}},
              "num_hidden_layers": {{layers}}, "hidden_size": {{width}}, "intermediate_size": {{inner}},
              "num_attention_heads": {{heads}}, "num_key_value_heads": {{keyHeads}}, "rms_norm_eps": 1e-5,
              "tie_word_embeddings": true
            }
            """;
}
