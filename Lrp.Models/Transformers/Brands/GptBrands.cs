using Lrp.Models.Layers;
using Lrp.Models.Transformers.Configurations;
using static Lrp.Models.Transformers.Configurations.TensorPart;

namespace Lrp.Models.Transformers.Brands;

/// <summary>Decoders with layer normalization: GPT-2, GPT-NeoX and OPT.</summary>
internal static class GptBrands
{
    private static readonly Brand Gpt2 = new()
    {
        ModelTypes = ["gpt2"],
        Prefix = "transformer.",
        Stack = config =>
        {
            var (width, heads) = (config.Whole("n_embd"), config.Whole("n_head"));
            return new StackConfiguration
            {
                Vocabulary = config.Whole("vocab_size"),
                Width = width,
                Layers = (int)config.Whole("n_layer"),
                PaddingId = config.WholeOrNull("pad_token_id"),
                IsCausal = true,
                HasFinalNorm = true,
                Positions = new PositionOptions { Rows = config.Whole("n_positions") },
                Attention = new AttentionOptions
                {
                    Width = width,
                    Heads = heads,
                    KeyHeads = heads,
                    HeadSize = width / heads,
                    HasBias = true,
                    HasOutputBias = true,
                    Scale = config.Truth("scale_attn_weights", true) ? null : 1,
                    DividesScaleByLayer = config.Truth("scale_attn_by_inverse_layer_idx", false),
                },
                Mlp = new MlpOptions
                {
                    Inner = config.Whole("n_inner", 4 * width),
                    Activation = config.Text("activation_function", "gelu_new"),
                    HasBias = true,
                },
                Norm = new NormOptions { Epsilon = config.Number("layer_norm_epsilon", 1e-5) },
            };
        },
        Names =
        [
            new("stack.embeddings.words", "wte"),
            new("stack.embeddings.positions", "wpe"),
            new("stack.blocks.{k}.attention_norm", "h.{k}.ln_1"),
            new("stack.blocks.{k}.attention.query", "h.{k}.attn.c_attn", Following, IsTransposed: true),
            new("stack.blocks.{k}.attention.key", "h.{k}.attn.c_attn", Following, IsTransposed: true),
            new("stack.blocks.{k}.attention.value", "h.{k}.attn.c_attn", Following, IsTransposed: true),
            new("stack.blocks.{k}.attention.output", "h.{k}.attn.c_proj", IsTransposed: true),
            new("stack.blocks.{k}.mlp_norm", "h.{k}.ln_2"),
            new("stack.blocks.{k}.mlp.up", "h.{k}.mlp.c_fc", IsTransposed: true),
            new("stack.blocks.{k}.mlp.down", "h.{k}.mlp.c_proj", IsTransposed: true),
            new("stack.final_norm", "ln_f"),
        ],
        Heads = new Dictionary<TransformerTask, BrandHead>(Heads.OfDecoder("lm_head", isTiedByDefault: true))
        {
            [TransformerTask.TokenClass] = Heads.TokenClass("classifier"),
        },
        Unused = [".attn.bias", ".attn.masked_bias"],
        LongestText = config => config.Whole("n_positions"),
    };

    private static readonly Brand GptNeoX = new()
    {
        ModelTypes = ["gpt_neox"],
        Prefix = "gpt_neox.",
        Stack = config =>
        {
            var (width, heads) = (config.Whole("hidden_size"), config.Whole("num_attention_heads"));
            var hasBias = config.Truth("attention_bias", true);
            return new StackConfiguration
            {
                Vocabulary = config.Whole("vocab_size"),
                Width = width,
                Layers = (int)config.Whole("num_hidden_layers"),
                PaddingId = config.WholeOrNull("pad_token_id"),
                IsCausal = true,
                HasFinalNorm = true,
                Placement = config.Truth("use_parallel_residual", true) ? NormPlacement.Parallel : NormPlacement.Before,
                Rotary = RotaryReading.Read(
                    config,
                    width / heads,
                    new RotaryBase
                    {
                        Theta = config.Number("rotary_emb_base", config.Number("rope_theta", 10000)),
                        Part = config.Number("rotary_pct", config.Number("partial_rotary_factor", 0.25)),
                        Longest = config.Number("max_position_embeddings", 2048),
                    }
                ),
                Attention = new AttentionOptions
                {
                    Width = width,
                    Heads = heads,
                    KeyHeads = heads,
                    HeadSize = width / heads,
                    HasBias = hasBias,
                    HasOutputBias = hasBias,
                },
                Mlp = new MlpOptions
                {
                    Inner = config.Whole("intermediate_size"),
                    Activation = config.Text("hidden_act", "gelu"),
                    HasBias = true,
                },
                Norm = new NormOptions { Epsilon = config.Number("layer_norm_eps", 1e-5) },
            };
        },
        Names =
        [
            new("stack.embeddings.words", "embed_in"),
            new("stack.blocks.{k}.attention_norm", "layers.{k}.input_layernorm"),
            new("stack.blocks.{k}.attention.query", "layers.{k}.attention.query_key_value", ByHead),
            new("stack.blocks.{k}.attention.key", "layers.{k}.attention.query_key_value", ByHead),
            new("stack.blocks.{k}.attention.value", "layers.{k}.attention.query_key_value", ByHead),
            new("stack.blocks.{k}.attention.output", "layers.{k}.attention.dense"),
            new("stack.blocks.{k}.mlp_norm", "layers.{k}.post_attention_layernorm"),
            new("stack.blocks.{k}.mlp.up", "layers.{k}.mlp.dense_h_to_4h"),
            new("stack.blocks.{k}.mlp.down", "layers.{k}.mlp.dense_4h_to_h"),
            new("stack.final_norm", "final_layer_norm"),
        ],
        Heads = new Dictionary<TransformerTask, BrandHead>(Heads.OfDecoder("embed_out"))
        {
            [TransformerTask.TokenClass] = Heads.TokenClass("classifier"),
        },
        Unused = ["rotary_emb.inv_freq", ".attention.bias", ".attention.masked_bias"],
        LongestText = config => RotaryReading.Longest(config, config.Whole("max_position_embeddings", 2048)),
    };

    private static readonly Brand Opt = new()
    {
        ModelTypes = ["opt"],
        Prefix = "model.decoder.",
        Stack = config =>
        {
            var (width, heads) = (config.Whole("hidden_size"), config.Whole("num_attention_heads"));
            var hasBias = config.Truth("enable_bias", true);
            var wordWidth = config.Whole("word_embed_proj_dim", width);
            var isBefore = config.Truth("do_layer_norm_before", true);
            var hasWeight = config.Truth("layer_norm_elementwise_affine", true);
            return new StackConfiguration
            {
                Vocabulary = config.Whole("vocab_size"),
                Width = width,
                EmbeddingWidth = wordWidth,
                OutputWidth = wordWidth == width ? null : wordWidth,
                Layers = (int)config.Whole("num_hidden_layers"),
                PaddingId = config.WholeOrNull("pad_token_id", 1),
                IsCausal = true,
                HasFinalNorm = isBefore && !config.Truth("_remove_final_layer_norm", false),
                Placement = isBefore ? NormPlacement.Before : NormPlacement.After,
                Positions = new PositionOptions
                {
                    Rows = config.Whole("max_position_embeddings") + 2,
                    Offset = 2,
                    Count = PositionCount.Masked,
                },
                Attention = new AttentionOptions
                {
                    Width = width,
                    Heads = heads,
                    KeyHeads = heads,
                    HeadSize = width / heads,
                    HasBias = hasBias,
                    HasOutputBias = hasBias,
                },
                Mlp = new MlpOptions
                {
                    Inner = config.Whole("ffn_dim"),
                    Activation = config.Text("activation_function", "relu"),
                    HasBias = hasBias,
                },
                Norm = new NormOptions
                {
                    Epsilon = 1e-5,
                    HasWeight = hasWeight,
                    HasBias = hasWeight,
                },
            };
        },
        Names =
        [
            new("stack.embeddings.words", "embed_tokens"),
            new("stack.embeddings.positions", "embed_positions"),
            new("stack.embeddings.projection", "project_in"),
            new("stack.blocks.{k}.attention_norm", "layers.{k}.self_attn_layer_norm"),
            new("stack.blocks.{k}.attention.query", "layers.{k}.self_attn.q_proj"),
            new("stack.blocks.{k}.attention.key", "layers.{k}.self_attn.k_proj"),
            new("stack.blocks.{k}.attention.value", "layers.{k}.self_attn.v_proj"),
            new("stack.blocks.{k}.attention.output", "layers.{k}.self_attn.out_proj"),
            new("stack.blocks.{k}.mlp_norm", "layers.{k}.final_layer_norm"),
            new("stack.blocks.{k}.mlp.up", "layers.{k}.fc1"),
            new("stack.blocks.{k}.mlp.down", "layers.{k}.fc2"),
            new("stack.final_norm", "final_layer_norm"),
            new("stack.output", "project_out"),
        ],
        Heads = Heads.OfDecoder("lm_head", isTiedByDefault: true),
        Unused = ["decoder.version"],
        LongestText = config => config.Whole("max_position_embeddings"),
    };

    public static readonly IReadOnlyList<Brand> All = [Gpt2, GptNeoX, Opt];
}
