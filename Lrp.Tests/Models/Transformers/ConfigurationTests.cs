using System.Text.Json;
using System.Text.Json.Nodes;
using Lrp.Models.Layers;
using Lrp.Models.Transformers;
using Lrp.Models.Transformers.Configurations;

namespace Lrp.Tests.Models.Transformers;

/// <summary>What a config.json says, and what it means where it does not say.</summary>
[TestFixture]
public sealed class ConfigurationTests
{
    /// <summary>The defaults of the configuration classes of transformers 4.52.</summary>
    [TestCase("llama-0", "rope_theta", "10000")]
    [TestCase("llama-0", "rms_norm_eps", "1e-6")]
    [TestCase("llama-0", "max_position_embeddings", "2048")]
    [TestCase("mistral-0", "sliding_window", "4096")]
    [TestCase("mistral-0", "num_key_value_heads", "8")]
    [TestCase("mistral-0", "max_position_embeddings", "131072")]
    [TestCase("mixtral-0", "rope_theta", "1000000")]
    [TestCase("mixtral-0", "rms_norm_eps", "1e-5")]
    [TestCase("mixtral-0", "num_local_experts", "8")]
    [TestCase("mixtral-0", "num_experts_per_tok", "2")]
    [TestCase("qwen2-0", "num_key_value_heads", "32")]
    [TestCase("qwen3-0", "head_dim", "128")]
    [TestCase("qwen3_moe-0", "num_key_value_heads", "4")]
    [TestCase("qwen3_moe-0", "norm_topk_prob", "false")]
    [TestCase("qwen3_moe-0", "num_experts", "128")]
    [TestCase("phi3-0", "rms_norm_eps", "1e-5")]
    [TestCase("phi3-0", "pad_token_id", "32000")]
    [TestCase("phi3-1", "original_max_position_embeddings", "4096")]
    [TestCase("gemma2-0", "attn_logit_softcapping", "50")]
    [TestCase("gemma2-0", "final_logit_softcapping", "30")]
    [TestCase("gemma2-0", "query_pre_attn_scalar", "256")]
    [TestCase("gemma2-0", "sliding_window", "4096")]
    [TestCase("gemma2-0", "head_dim", "256")]
    [TestCase("gemma3_text-0", "rope_theta", "1000000")]
    [TestCase("gemma3_text-0", "rope_local_base_freq", "10000")]
    [TestCase("gemma3_text-0", "sliding_window_pattern", "6")]
    [TestCase("gemma3_text-0", "final_logit_softcapping", "null")]
    [TestCase("opt-0", "pad_token_id", "1")]
    [TestCase("albert-1", "hidden_act", "\"gelu_new\"")]
    [TestCase("bert-1", "hidden_act", "\"gelu\"")]
    [TestCase("modernbert-0", "local_rope_theta", "10000")]
    [TestCase("modernbert-0", "classifier_pooling", "\"cls\"")]
    [TestCase("bart-0", "eos_token_id", "2")]
    [TestCase("bart-0", "decoder_start_token_id", "2")]
    [TestCase("t5-1", "feed_forward_proj", "\"relu\"")]
    public void WhatTheFileDoesNotSayIsWhatTheClassOfItsModelTypeHas(string model, string name, string value) =>
        Assert.That(
            Described(model, json => json.Remove(name)),
            Is.EqualTo(Described(model, json => json[name] = JsonNode.Parse(value)))
        );

    [Test]
    public void NullSaysThatThereIsNone()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Null("gemma2-0", "attn_logit_softcapping").Stack.Attention.SoftCap, Is.Null);
            Assert.That(Null("gemma2-0", "final_logit_softcapping").Head!.SoftCap, Is.Null);
            Assert.That(Null("mistral-0", "sliding_window").Stack.Window, Is.Null);
            Assert.That(Null("qwen3-0", "head_dim").Stack.Attention.HeadSize, Is.EqualTo(10));
            Assert.That(Null("mistral-0", "num_key_value_heads").Stack.Attention.KeyHeads, Is.EqualTo(4));
            Assert.That(Null("modernbert-0", "local_rope_theta").Stack.Rotary!.LocalTheta, Is.EqualTo(500));
        }

        static TransformerConfiguration Null(string model, string name) => Read(model, json => json[name] = null);
    }

    /// <summary>Files that transformers 5 writes have all of rotary positions in one object.</summary>
    [TestCase("llama-0", """{ "rope_theta": 500.0, "rope_type": "default" }""", "500", null)]
    [TestCase(
        "llama-0",
        """{ "rope_theta": 500.0, "rope_type": "linear", "factor": 4.0 }""",
        "500",
        """{ "rope_type": "linear", "factor": 4.0 }"""
    )]
    [TestCase(
        "llama-0",
        """
            { "rope_theta": 500.0, "rope_type": "llama3", "factor": 8.0,
              "low_freq_factor": 1.0, "high_freq_factor": 4.0,
              "original_max_position_embeddings": 16 }
            """,
        "500",
        """
            { "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
              "original_max_position_embeddings": 16 }
            """
    )]
    public void RotaryPositionsInOneObjectAreReadAsThoseInTwo(
        string model,
        string parameters,
        string theta,
        string? scaling
    ) =>
        Assert.That(
            Described(
                model,
                json =>
                {
                    json.Remove("rope_theta");
                    json.Remove("rope_scaling");
                    json["rope_parameters"] = JsonNode.Parse(parameters);
                }
            ),
            Is.EqualTo(
                Described(
                    model,
                    json =>
                    {
                        json["rope_theta"] = JsonNode.Parse(theta);
                        json["rope_scaling"] = scaling is null ? null : JsonNode.Parse(scaling);
                    }
                )
            )
        );

    [TestCase("gemma3_text-0", "rope_theta", "rope_local_base_freq")]
    [TestCase("modernbert-0", "global_rope_theta", "local_rope_theta")]
    public void RotaryPositionsOfEachKindOfLayerAreReadApart(string model, string theta, string localTheta)
    {
        var rotary = Read(
            model,
            json =>
            {
                json.Remove(theta);
                json.Remove(localTheta);
                json["rope_parameters"] = JsonNode.Parse(
                    """
                    {
                      "full_attention": { "rope_theta": 700.0, "rope_type": "linear", "factor": 8.0 },
                      "sliding_attention": { "rope_theta": 300.0, "rope_type": "default" }
                    }
                    """
                );
            }
        ).Stack.Rotary!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(rotary.Theta, Is.EqualTo(700));
            Assert.That(rotary.LocalTheta, Is.EqualTo(300));
            Assert.That(rotary.Scaling, Is.EqualTo(new RotaryScaling { Kind = RotaryScalingKind.Linear, Factor = 8 }));
        }
    }

    [TestCase("gemma2-0")]
    [TestCase("gemma3_text-0")]
    [TestCase("modernbert-0")]
    public void AListOfLayersSaysWhichOfThemHaveTheWindow(string model)
    {
        var layers = Read(
            model,
            json => json["layer_types"] = new JsonArray("full_attention", "sliding_attention", "sliding_attention")
        ).Stack.Window!.Layers;
        Assert.That(layers.Where(layer => layer < 3), Is.EqualTo(new[] { 1, 2 }));
    }

    /// <summary>Frequencies by the formulas of the papers, computed apart.</summary>
    [Test]
    public void FrequenciesGrowSlowerForTextsThatAreLongerThanThoseOfTheTraining()
    {
        var scaling = new RotaryScaling
        {
            Kind = RotaryScalingKind.Dynamic,
            Factor = 4,
            OriginalLength = 16,
        };
        var tables = new RotaryTables(8, 10000, scaling);
        using (Assert.EnterMultipleScope())
        {
            // 10000 · (4 · 40 / 16 − 3)^(8 / 6) = 133905.18… is the base.
            Assert.That(
                tables.Frequencies(40).Frequencies,
                Is.EqualTo(new[] { 1, 0.052275795857471025, 0.0027327588325319844, 1.0 / 7000 }).Within(1e-12)
            );
            Assert.That(
                tables.Frequencies(16).Frequencies,
                Is.EqualTo(new[] { 1, 0.1, 0.01, 0.001 }).Within(1e-15),
                "as they are up to that length"
            );
        }
    }

    /// <summary>From 0.81 to 2.62, or from 0 to 3.</summary>
    [TestCase(true, 0.23717082451262847, 0.05)]
    [TestCase(false, 0.2915256200879948, 0.050664394391007964)]
    public void TheRangeThatYarnBlendsIsRoundedUnlessTheConfigSaysNo(bool rounds, double second, double third)
    {
        var scaling = new RotaryScaling
        {
            Kind = RotaryScalingKind.Yarn,
            Factor = 4,
            OriginalLength = 128,
            FastTurns = 8,
            RoundsRange = rounds,
        };
        var frequencies = new RotaryTables(8, 100, scaling).Frequencies(0).Frequencies;
        Assert.That(frequencies[1..3], Is.EqualTo(new[] { second, third }).Within(1e-12));
    }

    [TestCase("bert-0", "is_decoder", "true", "is_decoder")]
    [TestCase("roberta-0", "is_decoder", "true", "is_decoder")]
    [TestCase("modernbert-0", "classifier_pooling", "\"max\"", "classifier_pooling")]
    [TestCase(
        "phi3-1",
        "rope_scaling",
        """{ "type": "longrope", "long_factor": [1], "short_factor": [1] }""",
        "short_factor"
    )]
    [TestCase("gemma3_text-0", "use_bidirectional_attention", "true", "use_bidirectional_attention")]
    [TestCase("qwen2-0", "is_causal", "false", "is_causal")]
    [TestCase("llama-0", "partial_rotary_factor", "1.5", "features of a head")]
    [TestCase("gemma2-0", "layer_types", """["chunked_attention"]""", "chunked_attention")]
    [TestCase("albert-0", "num_hidden_groups", "7", "num_hidden_groups")]
    public void WhatIsNotUnderstoodIsRefusedByName(string model, string name, string value, string message) =>
        Assert.That(
            () => Read(model, json => json[name] = JsonNode.Parse(value)),
            Throws.Exception.With.Message.Contains(message)
        );

    private static string Described(string model, Action<JsonObject> edit) =>
        JsonSerializer.Serialize(Read(model, edit));

    private static TransformerConfiguration Read(string model, Action<JsonObject> edit)
    {
        using var folder = Folders.Copy(model);
        var json = JsonNode.Parse(File.ReadAllText(folder.Of("config.json")))!.AsObject();
        edit(json);
        File.WriteAllText(folder.Of("config.json"), json.ToJsonString());
        return TransformerFolder.Read(folder.FullPath).Configuration;
    }
}
