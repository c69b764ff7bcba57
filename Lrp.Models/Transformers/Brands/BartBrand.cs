using Lrp.Models.Layers;
using Lrp.Models.Transformers.Configurations;

namespace Lrp.Models.Transformers.Brands;

/// <summary>BART: an encoder and a decoder that reads it, with norms behind the sums and learned positions.</summary>
internal static class BartBrand
{
    private static readonly IReadOnlyList<TensorName> Shared =
    [
        new("embeddings.words", "embed_tokens"),
        new("embeddings.positions", "embed_positions"),
        new("embeddings.norm", "layernorm_embedding"),
        .. TensorName.Inside(
            "blocks.{k}.",
            "layers.{k}.",
            [
                new("attention.query", "self_attn.q_proj"),
                new("attention.key", "self_attn.k_proj"),
                new("attention.value", "self_attn.v_proj"),
                new("attention.output", "self_attn.out_proj"),
                new("attention_norm", "self_attn_layer_norm"),
                new("cross.query", "encoder_attn.q_proj"),
                new("cross.key", "encoder_attn.k_proj"),
                new("cross.value", "encoder_attn.v_proj"),
                new("cross.output", "encoder_attn.out_proj"),
                new("cross_norm", "encoder_attn_layer_norm"),
                new("mlp.up", "fc1"),
                new("mlp.down", "fc2"),
                new("mlp_norm", "final_layer_norm"),
            ]
        ),
    ];

    public static readonly IReadOnlyList<Brand> All =
    [
        new Brand
        {
            ModelTypes = ["bart"],
            Prefix = "model.",
            Stack = config => Stack(config, "decoder") with { IsCausal = true, ReadsEncoder = true },
            Encoder = config => Stack(config, "encoder"),
            Names =
            [
                new("encoder.embeddings.words", "shared"),
                new("encoder.embeddings.words", "encoder.embed_tokens"),
                new("decoder.embeddings.words", "shared"),
                new("decoder.embeddings.words", "decoder.embed_tokens"),
                .. TensorName.Inside("encoder.", "encoder.", Shared),
                .. TensorName.Inside("decoder.", "decoder.", Shared),
            ],
            Heads = new Dictionary<TransformerTask, BrandHead>
            {
                [TransformerTask.TextClass] = new(
                    (config, classes) =>
                        new HeadConfiguration
                        {
                            Pooling = Pooling.EndOfText,
                            Layer = Heads.Layer(config, "tanh", width: "d_model"),
                            Outputs = classes,
                            HasBias = true,
                        },
                    [new("head.layer", "classification_head.dense"), new("head.output", "classification_head.out_proj")]
                ),
                [TransformerTask.AnswerSpan] = Heads.AnswerSpan(),
                [TransformerTask.NextToken] = new(
                    (config, _) =>
                        new HeadConfiguration
                        {
                            Outputs = config.Whole("vocab_size"),
                            HasBias = true,
                            IsTied = config.Truth("tie_word_embeddings", true),
                        },
                    [new("head.output.bias", "final_logits_bias"), new("head.output", "lm_head")]
                ),
            },
            Unused =
            [
                "encoder.embed_tokens",
                "decoder.embed_tokens",
                "lm_head.weight",
                "encoder.version",
                "decoder.version",
            ],
            DecoderIds = config => (config.Whole("decoder_start_token_id", 2), config.Whole("eos_token_id", 2)),
            LongestText = config => config.Whole("max_position_embeddings"),
        },
    ];

    private static StackConfiguration Stack(ModelConfig config, string part)
    {
        var (width, heads) = (config.Whole("d_model"), config.Whole($"{part}_attention_heads"));
        return new StackConfiguration
        {
            Vocabulary = config.Whole("vocab_size"),
            Width = width,
            Layers = (int)config.Whole($"{part}_layers"),
            PaddingId = config.Whole("pad_token_id", 1),
            EmbeddingScale = config.Truth("scale_embedding", false) ? Math.Sqrt(width) : 1,
            HasEmbeddingNorm = true,
            Placement = NormPlacement.After,
            Positions = new PositionOptions { Rows = config.Whole("max_position_embeddings") + 2, Offset = 2 },
            Attention = new AttentionOptions
            {
                Width = width,
                Heads = heads,
                KeyHeads = heads,
                HeadSize = width / heads,
                HasBias = true,
                HasOutputBias = true,
            },
            Mlp = new MlpOptions
            {
                Inner = config.Whole($"{part}_ffn_dim"),
                Activation = config.Text("activation_function", "gelu"),
                HasBias = true,
            },
            Norm = new NormOptions { Epsilon = 1e-5 },
        };
    }
}
