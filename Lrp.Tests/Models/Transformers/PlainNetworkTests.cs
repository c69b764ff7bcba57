using Lrp.Models.Methods;
using Lrp.Models.Transformers;
using static Lrp.Tests.Models.Transformers.MadeFolder;
using static TorchSharp.torch;

namespace Lrp.Tests.Models.Transformers;

/// <summary>
/// Models that the reference cases lack agree with a computation in plain operations: logits, and relevance in both
/// forms.
/// </summary>
[TestFixture]
public sealed class PlainNetworkTests
{
    private const long Words = 20;

    private static readonly long[] Ids = [3, 17, 5, 5, 11, 2, 8];

    /// <summary>
    /// A head of 12 of which a quarter is turned, 3 features, which are turned in two pairs; and buffers in the file.
    /// </summary>
    [TestCase(true)]
    [TestCase(false)]
    public void GptNeoXTurnsAQuarterOfAHeadWhereTheConfigDoesNotSay(bool isParallel)
    {
        using var scope = NewDisposeScope();
        using var folder = new MadeFolder(
            $$"""
            {
              "model_type": "gpt_neox", "architectures": ["GPTNeoXForCausalLM"], "vocab_size": {{Words}},
              "hidden_size": 24, "num_attention_heads": 2, "num_hidden_layers": 2, "intermediate_size": 20,
              "use_parallel_residual": {{(isParallel ? "true" : "false")}}
            }
            """,
            [
                ("gpt_neox.embed_in.weight", [Words, 24]),
                .. Enumerable
                    .Range(0, 2)
                    .Select(layer => $"gpt_neox.layers.{layer}.")
                    .SelectMany(block =>
                        Norm($"{block}input_layernorm", 24)
                            .Concat(Norm($"{block}post_attention_layernorm", 24))
                            .Concat(Linear($"{block}attention.query_key_value", 24, 72))
                            .Concat(Linear($"{block}attention.dense", 24, 24))
                            .Concat(Linear($"{block}mlp.dense_h_to_4h", 24, 20))
                            .Concat(Linear($"{block}mlp.dense_4h_to_h", 20, 24))
                            .Append(($"{block}attention.bias", [1, 1, 8, 8]))
                            .Append(($"{block}attention.masked_bias", [1]))
                            .Append(($"{block}attention.rotary_emb.inv_freq", [2]))
                    ),
                .. Norm("gpt_neox.final_layer_norm", 24),
                ("embed_out.weight", [Words, 24]),
            ]
        );
        var plain = new PlainNetwork(folder.Weights);
        AssertAgrees(folder, plain, "gpt_neox.embed_in.weight", Rest, [6, 4]);

        Tensor Rest(Tensor states)
        {
            for (var layer = 0; layer < 2; layer++)
            {
                var block = $"gpt_neox.layers.{layer}.";
                var attended = Attention(plain.LayerNorm(states, $"{block}input_layernorm", 1e-5), block);
                var between = isParallel ? states : states + attended;
                var inner = plain.Linear(
                    plain.LayerNorm(between, $"{block}post_attention_layernorm", 1e-5),
                    $"{block}mlp.dense_h_to_4h"
                );
                var change = plain.Linear(
                    PlainNetwork.Activated(inner, PlainNetwork.Gelu),
                    $"{block}mlp.dense_4h_to_h"
                );
                states = isParallel ? states + attended + change : between + change;
            }

            return plain.Linear(plain.LayerNorm(states, "gpt_neox.final_layer_norm", 1e-5), "embed_out");
        }

        // Each head has its query, key and value one behind the other.
        Tensor Attention(Tensor states, string block)
        {
            var all = plain.Linear(states, $"{block}attention.query_key_value").view(1, -1, 2, 36).transpose(1, 2);
            var (query, key, value) = (all.narrow(-1, 0, 12), all.narrow(-1, 12, 12), all.narrow(-1, 24, 12));
            var read = PlainNetwork.Attend(
                PlainNetwork.Turn(query, 3, 10000),
                PlainNetwork.Turn(key, 3, 10000),
                value,
                isCausal: true
            );
            return plain.Linear(read, $"{block}attention.dense");
        }
    }

    /// <summary>No biases, norms without weights, and no last norm.</summary>
    [Test]
    public void OptWithoutBiasesAndWeightsOfNorms()
    {
        using var scope = NewDisposeScope();
        using var folder = new MadeFolder(
            $$"""
            {
              "model_type": "opt", "architectures": ["OPTForCausalLM"], "vocab_size": {{Words}}, "hidden_size": 16,
              "num_attention_heads": 4, "num_hidden_layers": 2, "ffn_dim": 20, "max_position_embeddings": 10,
              "enable_bias": false, "layer_norm_elementwise_affine": false, "_remove_final_layer_norm": true
            }
            """,
            [
                ("model.decoder.embed_tokens.weight", [Words, 16]),
                ("model.decoder.embed_positions.weight", [12, 16]),
                .. Enumerable
                    .Range(0, 2)
                    .Select(layer => $"model.decoder.layers.{layer}.")
                    .SelectMany(block =>
                        new[] { "q_proj", "k_proj", "v_proj", "out_proj" }
                            .SelectMany(part => Linear($"{block}self_attn.{part}", 16, 16, hasBias: false))
                            .Concat(Linear($"{block}fc1", 16, 20, hasBias: false))
                            .Concat(Linear($"{block}fc2", 20, 16, hasBias: false))
                    ),
            ]
        );
        var plain = new PlainNetwork(folder.Weights);
        AssertAgrees(folder, plain, "model.decoder.embed_tokens.weight", Rest, [5, 9]);

        Tensor Rest(Tensor states)
        {
            states = states + plain["model.decoder.embed_positions.weight"].narrow(0, 2, Ids.Length);
            for (var layer = 0; layer < 2; layer++)
            {
                var block = $"model.decoder.layers.{layer}.";
                var normed = plain.LayerNorm(states, $"{block}self_attn_layer_norm", 1e-5);
                states =
                    states
                    + Attention(
                        plain,
                        normed,
                        $"{block}self_attn.",
                        ("q_proj", "k_proj", "v_proj", "out_proj"),
                        4,
                        true
                    );
                var inner = plain.Linear(plain.LayerNorm(states, $"{block}final_layer_norm", 1e-5), $"{block}fc1");
                states = states + plain.Linear(PlainNetwork.Activated(inner, x => x.relu()), $"{block}fc2");
            }

            return states.matmul(plain["model.decoder.embed_tokens.weight"].t());
        }
    }

    /// <summary>Three passes through two groups of two layers each, and the activation that the class has.</summary>
    [Test]
    public void AlbertWithSeveralLayersInAGroup()
    {
        using var scope = NewDisposeScope();
        using var folder = new MadeFolder(
            $$"""
            {
              "model_type": "albert", "architectures": ["AlbertForSequenceClassification"], "vocab_size": {{Words}},
              "embedding_size": 8, "hidden_size": 16, "num_attention_heads": 4, "num_hidden_layers": 3,
              "num_hidden_groups": 2, "inner_group_num": 2, "intermediate_size": 20, "max_position_embeddings": 10
            }
            """,
            [
                ("albert.embeddings.word_embeddings.weight", [Words, 8]),
                ("albert.embeddings.position_embeddings.weight", [10, 8]),
                ("albert.embeddings.token_type_embeddings.weight", [2, 8]),
                .. Norm("albert.embeddings.LayerNorm", 8),
                .. Linear("albert.encoder.embedding_hidden_mapping_in", 8, 16),
                .. new[] { (0, 0), (0, 1), (1, 0), (1, 1) }
                    .Select(place => $"albert.encoder.albert_layer_groups.{place.Item1}.albert_layers.{place.Item2}.")
                    .SelectMany(block =>
                        new[] { "query", "key", "value", "dense" }
                            .SelectMany(part => Linear($"{block}attention.{part}", 16, 16))
                            .Concat(Norm($"{block}attention.LayerNorm", 16))
                            .Concat(Linear($"{block}ffn", 16, 20))
                            .Concat(Linear($"{block}ffn_output", 20, 16))
                            .Concat(Norm($"{block}full_layer_layer_norm", 16))
                    ),
                .. Linear("albert.pooler", 16, 16),
                .. Linear("classifier", 16, 2),
            ]
        );
        var plain = new PlainNetwork(folder.Weights);
        AssertAgrees(folder, plain, "albert.embeddings.word_embeddings.weight", Rest, [1]);
        using var model = Transformer.Load(folder.FullPath, ScalarType.Float64);
        using var why = model.Explain(
            tensor(Ids).unsqueeze(0),
            [
                [1L],
            ]
        );
        Assert.That(why.Text.Latents, Has.Count.EqualTo(4), "one before each pass, and one behind the last");

        Tensor Rest(Tensor vectors)
        {
            var states =
                vectors
                + plain["albert.embeddings.position_embeddings.weight"].narrow(0, 0, Ids.Length)
                + plain["albert.embeddings.token_type_embeddings.weight"].select(0, 0);
            states = plain.LayerNorm(states, "albert.embeddings.LayerNorm", 1e-12);
            states = plain.Linear(states, "albert.encoder.embedding_hidden_mapping_in");
            foreach (var (group, layer) in new[] { (0, 0), (0, 1), (0, 0), (0, 1), (1, 0), (1, 1) })
            {
                var block = $"albert.encoder.albert_layer_groups.{group}.albert_layers.{layer}.";
                var attended = Attention(
                    plain,
                    states,
                    $"{block}attention.",
                    ("query", "key", "value", "dense"),
                    4,
                    false
                );
                states = plain.LayerNorm(states + attended, $"{block}attention.LayerNorm", 1e-12);
                var inner = PlainNetwork.Activated(plain.Linear(states, $"{block}ffn"), PlainNetwork.TanhGelu);
                states = plain.LayerNorm(
                    states + plain.Linear(inner, $"{block}ffn_output"),
                    $"{block}full_layer_layer_norm",
                    1e-12
                );
            }

            var pooled = PlainNetwork.Activated(plain.Linear(states[.., 0], "albert.pooler"), x => x.tanh());
            return plain.Linear(pooled, "classifier");
        }
    }

    private static Tensor Attention(
        PlainNetwork plain,
        Tensor states,
        string module,
        (string Query, string Key, string Value, string Output) names,
        long heads,
        bool isCausal
    )
    {
        var read = PlainNetwork.Attend(
            PlainNetwork.Heads(plain.Linear(states, module + names.Query), heads),
            PlainNetwork.Heads(plain.Linear(states, module + names.Key), heads),
            PlainNetwork.Heads(plain.Linear(states, module + names.Value), heads),
            isCausal
        );
        return plain.Linear(read, module + names.Output);
    }

    private static void AssertAgrees(
        MadeFolder folder,
        PlainNetwork plain,
        string words,
        Func<Tensor, Tensor> rest,
        long[] target
    )
    {
        var ids = tensor(Ids).unsqueeze(0);
        var (logits, relevance) = plain.Explain(
            words,
            ids,
            rest,
            all => target.Aggregate(all[0], (chosen, place) => chosen[place])
        );
        using var model = Transformer.Load(folder.FullPath, ScalarType.Float64);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(PlainNetwork.Distance(model.call(ids, null, null, null), logits), Is.LessThan(1e-9), "logits");
            foreach (var form in Enum.GetValues<RelevanceForm>())
            {
                using var why = model.Explain(ids, [target], form: form);
                Assert.That(
                    PlainNetwork.Distance(why.Text.Relevance, relevance),
                    Is.LessThan(1e-6),
                    $"relevance, {form}"
                );
            }

            using var explainer = new TransformerExplainer(model, recomputesBlocks: true);
            using var pass = explainer.Run(ids);
            using var again = pass.Explain([target]);
            Assert.That(
                PlainNetwork.Distance(again.Text.Relevance, relevance),
                Is.LessThan(1e-6),
                "blocks that run again"
            );
        }
    }
}
