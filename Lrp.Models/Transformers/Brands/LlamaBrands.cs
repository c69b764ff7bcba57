using Lrp.Models.Layers;
using Lrp.Models.Transformers.Configurations;

namespace Lrp.Models.Transformers.Brands;

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

    private static readonly Brand Plain = new()
    {
        ModelTypes = ["llama"],
        Prefix = "model.",
        Stack = Stack,
        Names = Names,
        Heads = Heads.OfDecoder("lm_head"),
        Unused = Buffers,
        LongestText = config => config.Whole("max_position_embeddings", 2048),
    };

    public static readonly IReadOnlyList<Brand> All =
    [
        Plain,
        Plain with
        {
            ModelTypes = ["mistral"],
            Stack = config => Stack(config) with { Window = LayerSets.Window(config, _ => true) },
        },
        Plain with
        {
            ModelTypes = ["mixtral"],
            Stack = config =>
                Stack(config) with
                {
                    Window = LayerSets.Window(config, _ => true),
                    Experts = new ExpertOptions
                    {
                        Count = (int)config.Whole("num_local_experts"),
                        Chosen = (int)config.Whole("num_experts_per_tok"),
                        Normalizes = true,
                        Inner = config.Whole("intermediate_size"),
                        Layers = LayerSets.Where(config.Whole("num_hidden_layers"), _ => true),
                    },
                },
            Names =
            [
                .. Names,
                new("stack.blocks.{k}.mlp.router", "layers.{k}.block_sparse_moe.gate"),
                new("stack.blocks.{k}.mlp.experts.{e}.mlp.gate", "layers.{k}.block_sparse_moe.experts.{e}.w1"),
                new("stack.blocks.{k}.mlp.experts.{e}.mlp.up", "layers.{k}.block_sparse_moe.experts.{e}.w3"),
                new("stack.blocks.{k}.mlp.experts.{e}.mlp.down", "layers.{k}.block_sparse_moe.experts.{e}.w2"),
            ],
        },
        Plain with
        {
            ModelTypes = ["qwen2"],
            Stack = Qwen2,
        },
        Plain with
        {
            ModelTypes = ["qwen3"],
            Stack = Qwen3,
        },
        Plain with
        {
            ModelTypes = ["qwen3_moe"],
            Stack = Qwen3Moe,
            Names =
            [
                .. Names,
                new("stack.blocks.{k}.mlp.router", "layers.{k}.mlp.gate"),
                new("stack.blocks.{k}.mlp.experts.{e}.mlp.gate", "layers.{k}.mlp.experts.{e}.gate_proj"),
                new("stack.blocks.{k}.mlp.experts.{e}.mlp.up", "layers.{k}.mlp.experts.{e}.up_proj"),
                new("stack.blocks.{k}.mlp.experts.{e}.mlp.down", "layers.{k}.mlp.experts.{e}.down_proj"),
            ],
        },
        Plain with
        {
            ModelTypes = ["phi3"],
            Stack = config => Stack(config) with { Window = LayerSets.Window(config, _ => true) },
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
    public static StackConfiguration Stack(ModelConfig config)
    {
        var (width, heads) = (config.Whole("hidden_size"), config.Whole("num_attention_heads"));
        var size = config.Whole("head_dim", width / heads);
        var hasBias = config.Truth("attention_bias", false);
        return new StackConfiguration
        {
            Vocabulary = config.Whole("vocab_size"),
            Width = width,
            Layers = (int)config.Whole("num_hidden_layers"),
            PaddingId = config.Has("pad_token_id") ? config.Whole("pad_token_id") : null,
            IsCausal = true,
            HasFinalNorm = true,
            Rotary = RotaryReading.Read(config, size),
            Attention = new AttentionOptions
            {
                Width = width,
                Heads = heads,
                KeyHeads = config.Whole("num_key_value_heads", heads),
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
            Norm = new NormOptions { IsRms = true, Epsilon = config.Number("rms_norm_eps", 1e-6) },
        };
    }

    private static StackConfiguration Qwen2(ModelConfig config)
    {
        var stack = Stack(config);
        return stack with
        {
            Window = QwenWindow(config),
            Attention = stack.Attention with { HasBias = true, HasOutputBias = false },
        };
    }

    private static StackConfiguration Qwen3(ModelConfig config)
    {
        var stack = Stack(config);
        var size = config.Whole("head_dim", 128);
        return stack with
        {
            Window = QwenWindow(config),
            Rotary = RotaryReading.Read(config, size),
            Attention = stack.Attention with { NormalizesQueriesAndKeys = true, HeadSize = size },
        };
    }

    private static StackConfiguration Qwen3Moe(ModelConfig config)
    {
        var stack = Stack(config);
        var dense = config.Numbers("mlp_only_layers");
        var step = config.Whole("decoder_sparse_step", 1);
        return stack with
        {
            Window = QwenWindow(config),
            Attention = stack.Attention with { NormalizesQueriesAndKeys = true },
            Experts = new ExpertOptions
            {
                Count = (int)config.Whole("num_experts"),
                Chosen = (int)config.Whole("num_experts_per_tok"),
                Normalizes = config.Truth("norm_topk_prob", false),
                Inner = config.Whole("moe_intermediate_size"),
                Layers = LayerSets.Where(stack.Layers, layer => !dense.Contains(layer) && (layer + 1) % step == 0),
            },
        };
    }

    private static WindowOptions? QwenWindow(ModelConfig config) =>
        config.Truth("use_sliding_window", false)
            ? LayerSets.Window(config, layer => layer >= config.Whole("max_window_layers", 0))
            : null;

    private static bool IsFusedInPhi(string name) =>
        name.EndsWith(".query", StringComparison.Ordinal)
        || name.EndsWith(".key", StringComparison.Ordinal)
        || name.EndsWith(".value", StringComparison.Ordinal)
        || name.EndsWith(".gate", StringComparison.Ordinal)
        || name.EndsWith(".up", StringComparison.Ordinal);
}
