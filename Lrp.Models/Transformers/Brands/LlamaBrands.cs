using Lrp.Models.Layers;
using Lrp.Models.Transformers.Configurations;

namespace Lrp.Models.Transformers.Brands;

/// <summary>What the class of a model type has where its config.json does not say, in transformers 4.52.</summary>
internal sealed record DecoderDefaults
{
    /// <summary>The base of rotary positions.</summary>
    public double Theta { get; init; } = 10000;

    /// <summary>What norms add to the mean square.</summary>
    public double Epsilon { get; init; } = 1e-6;

    /// <summary>The heads of keys and values; null for as many as heads.</summary>
    public long? KeyHeads { get; init; }

    /// <summary>The size of a head; null where the heads share the width.</summary>
    public long? HeadSize { get; init; }

    /// <summary>The longest text in tokens.</summary>
    public long Longest { get; init; } = 2048;

    /// <summary>The longest text of the training, where it is told from the longest text.</summary>
    public long? Trained { get; init; }

    /// <summary>The id of padding; null for none.</summary>
    public long? PaddingId { get; init; }
}

/// <summary>
/// LLaMA and the decoders that are built as it is: Mistral, Mixtral, Qwen 2 and 3, Qwen 3 MoE, Phi-3.
/// </summary>
internal static class LlamaBrands
{
    /// <summary>The names that all of them share.</summary>
    public static readonly IReadOnlyList<TensorName> Names =
    [
        new("stack.embeddings.words", "embed_tokens"),
        new("stack.blocks.{k}.attention_norm", "layers.{k}.input_layernorm"),
        new("stack.blocks.{k}.attention.query", "layers.{k}.self_attn.q_proj"),
        new("stack.blocks.{k}.attention.key", "layers.{k}.self_attn.k_proj"),
        new("stack.blocks.{k}.attention.value", "layers.{k}.self_attn.v_proj"),
        new("stack.blocks.{k}.attention.output", "layers.{k}.self_attn.o_proj"),
        new("stack.blocks.{k}.attention.query_norm", "layers.{k}.self_attn.q_norm"),
        new("stack.blocks.{k}.attention.key_norm", "layers.{k}.self_attn.k_norm"),
        new("stack.blocks.{k}.mlp_norm", "layers.{k}.post_attention_layernorm"),
        new("stack.blocks.{k}.mlp.gate", "layers.{k}.mlp.gate_proj"),
        new("stack.blocks.{k}.mlp.up", "layers.{k}.mlp.up_proj"),
        new("stack.blocks.{k}.mlp.down", "layers.{k}.mlp.down_proj"),
        new("stack.final_norm", "norm"),
    ];

    private static readonly string[] Buffers = ["rotary_emb.inv_freq"];

    public static readonly IReadOnlyList<Brand> All =
    [
        Of("llama", new DecoderDefaults()),
        Of(
            "mistral",
            new DecoderDefaults { KeyHeads = 8, Longest = 131072 },
            (config, stack) => stack with { Window = LayerSets.Window(config, _ => true, ifAbsent: 4096) }
        ),
        Of(
            "mixtral",
            new DecoderDefaults
            {
                KeyHeads = 8,
                Longest = 131072,
                Theta = 1_000_000,
                Epsilon = 1e-5,
            },
            (config, stack) =>
                stack with
                {
                    Window = LayerSets.Window(config, _ => true),
                    Experts = new ExpertOptions
                    {
                        Count = (int)config.Whole("num_local_experts", 8),
                        Chosen = (int)config.Whole("num_experts_per_tok", 2),
                        Normalizes = true,
                        Inner = config.Whole("intermediate_size"),
                        Layers = LayerSets.Where(stack.Layers, _ => true),
                    },
                }
        ) with
        {
            Names =
            [
                .. Names,
                new("stack.blocks.{k}.mlp.router", "layers.{k}.block_sparse_moe.gate"),
                new("stack.blocks.{k}.mlp.experts.{e}.mlp.gate", "layers.{k}.block_sparse_moe.experts.{e}.w1"),
                new("stack.blocks.{k}.mlp.experts.{e}.mlp.up", "layers.{k}.block_sparse_moe.experts.{e}.w3"),
                new("stack.blocks.{k}.mlp.experts.{e}.mlp.down", "layers.{k}.block_sparse_moe.experts.{e}.w2"),
            ],
        },
        Of(
            "qwen2",
            new DecoderDefaults { KeyHeads = 32, Longest = 32768 },
            (config, stack) =>
                stack with
                {
                    Window = QwenWindow(config),
                    Attention = stack.Attention with { HasBias = true, HasOutputBias = false },
                }
        ),
        Of(
            "qwen3",
            new DecoderDefaults
            {
                KeyHeads = 32,
                HeadSize = 128,
                Longest = 32768,
            },
            (config, stack) =>
                stack with
                {
                    Window = QwenWindow(config),
                    Attention = stack.Attention with { NormalizesQueriesAndKeys = true },
                }
        ),
        Of("qwen3_moe", new DecoderDefaults { KeyHeads = 4, Longest = 32768 }, Qwen3Moe) with
        {
            Names =
            [
                .. Names,
                new("stack.blocks.{k}.mlp.router", "layers.{k}.mlp.gate"),
                new("stack.blocks.{k}.mlp.experts.{e}.mlp.gate", "layers.{k}.mlp.experts.{e}.gate_proj"),
                new("stack.blocks.{k}.mlp.experts.{e}.mlp.up", "layers.{k}.mlp.experts.{e}.up_proj"),
                new("stack.blocks.{k}.mlp.experts.{e}.mlp.down", "layers.{k}.mlp.experts.{e}.down_proj"),
            ],
        },
        Of(
            "phi3",
            new DecoderDefaults
            {
                Epsilon = 1e-5,
                Longest = 4096,
                Trained = 4096,
                PaddingId = 32000,
            },
            (config, stack) => stack with { Window = LayerSets.Window(config, _ => true) }
        ) with
        {
            Names =
            [
                .. Names.Where(name => !IsFusedInPhi(name.Ours)),
                new("stack.blocks.{k}.attention.query", "layers.{k}.self_attn.qkv_proj", TensorPart.Following),
                new("stack.blocks.{k}.attention.key", "layers.{k}.self_attn.qkv_proj", TensorPart.Following),
                new("stack.blocks.{k}.attention.value", "layers.{k}.self_attn.qkv_proj", TensorPart.Following),
                new("stack.blocks.{k}.mlp.gate", "layers.{k}.mlp.gate_up_proj", TensorPart.Following),
                new("stack.blocks.{k}.mlp.up", "layers.{k}.mlp.gate_up_proj", TensorPart.Following),
            ],
        },
    ];

    /// <summary>The stack of a LLaMA.</summary>
    /// <param name="config">The config.</param>
    /// <param name="defaults">What is meant where it does not say.</param>
    public static StackConfiguration Stack(ModelConfig config, DecoderDefaults defaults)
    {
        var (width, heads) = (config.Whole("hidden_size"), config.Whole("num_attention_heads"));
        var size = config.WholeOrNull("head_dim", defaults.HeadSize) ?? width / heads;
        var hasBias = config.Truth("attention_bias", false);
        return new StackConfiguration
        {
            Vocabulary = config.Whole("vocab_size"),
            Width = width,
            Layers = (int)config.Whole("num_hidden_layers"),
            PaddingId = config.WholeOrNull("pad_token_id", defaults.PaddingId),
            IsCausal = true,
            HasFinalNorm = true,
            Rotary = RotaryReading.Read(
                config,
                size,
                new RotaryBase
                {
                    Theta = config.Number("rope_theta", defaults.Theta),
                    Part = config.Number("partial_rotary_factor", 1),
                    Longest = config.Number("max_position_embeddings", defaults.Longest),
                    Trained = defaults.Trained,
                }
            ),
            Attention = new AttentionOptions
            {
                Width = width,
                Heads = heads,
                KeyHeads = config.WholeOrNull("num_key_value_heads", defaults.KeyHeads) ?? heads,
                HeadSize = size,
                HasBias = hasBias,
                HasOutputBias = hasBias,
            },
            Mlp = new MlpOptions
            {
                Inner = config.Whole("intermediate_size"),
                Activation = config.Text("hidden_act", "silu"),
                IsGated = true,
                HasBias = config.Truth("mlp_bias", false),
            },
            Norm = new NormOptions { IsRms = true, Epsilon = config.Number("rms_norm_eps", defaults.Epsilon) },
        };
    }

    /// <summary>Decoders that were made encoders, which see later tokens too.</summary>
    public static string? RefuseBothSides(ModelConfig config) =>
        config.Truth("use_bidirectional_attention", false) ? "attention to both sides (use_bidirectional_attention)"
        : !config.Truth("is_causal", true) ? "attention to both sides (is_causal)"
        : null;

    private static Brand Of(
        string modelType,
        DecoderDefaults defaults,
        Func<ModelConfig, StackConfiguration, StackConfiguration>? change = null
    ) =>
        new()
        {
            ModelTypes = [modelType],
            Prefix = "model.",
            Stack = config =>
            {
                var stack = Stack(config, defaults);
                return change?.Invoke(config, stack) ?? stack;
            },
            Names = Names,
            Heads = Heads.OfDecoder("lm_head"),
            Refuse = RefuseBothSides,
            Unused = Buffers,
            LongestText = config =>
                RotaryReading.Longest(config, config.Whole("max_position_embeddings", defaults.Longest)),
        };

    private static StackConfiguration Qwen3Moe(ModelConfig config, StackConfiguration stack)
    {
        var dense = config.Numbers("mlp_only_layers");
        var step = config.Whole("decoder_sparse_step", 1);
        var experts = (int)config.Whole("num_experts", 128);
        return stack with
        {
            Window = QwenWindow(config, isEverywhere: true),
            Attention = stack.Attention with { NormalizesQueriesAndKeys = true },
            Experts = new ExpertOptions
            {
                Count = experts,
                Chosen = (int)config.Whole("num_experts_per_tok", 8),
                Normalizes = config.Truth("norm_topk_prob", false),
                Inner = config.Whole("moe_intermediate_size", 768),
                Layers = LayerSets.Where(
                    stack.Layers,
                    layer => experts > 0 && !dense.Contains(layer) && (layer + 1) % step == 0
                ),
            },
        };
    }

    private static WindowOptions? QwenWindow(ModelConfig config, bool isEverywhere = false) =>
        config.Truth("use_sliding_window", false)
            ? LayerSets.Window(
                config,
                layer => isEverywhere || layer >= config.Whole("max_window_layers", 28),
                ifAbsent: 4096
            )
            : null;

    private static bool IsFusedInPhi(string name) =>
        name.EndsWith(".query", StringComparison.Ordinal)
        || name.EndsWith(".key", StringComparison.Ordinal)
        || name.EndsWith(".value", StringComparison.Ordinal)
        || name.EndsWith(".gate", StringComparison.Ordinal)
        || name.EndsWith(".up", StringComparison.Ordinal);
}
