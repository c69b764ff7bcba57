using Lrp.Models.Layers;
using Lrp.Models.Transformers.Configurations;

namespace Lrp.Models.Transformers.Brands;

/// <summary>T5's encoder: relative positions, norms without means, no scale of scores and no biases.</summary>
internal static class T5Brand
{
    public static readonly IReadOnlyList<Brand> All =
    [
        new Brand
        {
            ModelTypes = ["t5"],
            Prefix = "transformer.",
            Stack = Stack,
            Names =
            [
                new("stack.embeddings.words", "shared"),
                new("stack.embeddings.words", "encoder.embed_tokens"),
                new("stack.relative_positions.table", "encoder.block.0.layer.0.SelfAttention.relative_attention_bias"),
                .. TensorName.Inside(
                    "stack.blocks.{k}.",
                    "encoder.block.{k}.",
                    [
                        new("attention_norm", "layer.0.layer_norm"),
                        new("attention.query", "layer.0.SelfAttention.q"),
                        new("attention.key", "layer.0.SelfAttention.k"),
                        new("attention.value", "layer.0.SelfAttention.v"),
                        new("attention.output", "layer.0.SelfAttention.o"),
                        new("mlp_norm", "layer.1.layer_norm"),
                        new("mlp.gate", "layer.1.DenseReluDense.wi_0"),
                        new("mlp.up", "layer.1.DenseReluDense.wi_1"),
                        new("mlp.up", "layer.1.DenseReluDense.wi"),
                        new("mlp.down", "layer.1.DenseReluDense.wo"),
                    ]
                ),
                new("stack.final_norm", "encoder.final_layer_norm"),
            ],
            Heads = new Dictionary<TransformerTask, BrandHead>
            {
                [TransformerTask.TokenClass] = Heads.TokenClass("classifier"),
            },
            Unused = ["encoder.embed_tokens", "decoder.", "lm_head."],
        },
    ];

    private static StackConfiguration Stack(ModelConfig config)
    {
        var (width, heads, size) = (config.Whole("d_model"), config.Whole("num_heads"), config.Whole("d_kv"));
        var projection = config.Text("feed_forward_proj", "relu");
        var isGated = projection.StartsWith("gated-", StringComparison.Ordinal);
        var activation = isGated ? projection["gated-".Length..] : projection;
        return new StackConfiguration
        {
            Vocabulary = config.Whole("vocab_size"),
            Width = width,
            Layers = (int)config.Whole("num_layers"),
            PaddingId = config.Whole("pad_token_id", 0),
            HasFinalNorm = true,
            RelativePositions = new RelativePositionOptions
            {
                Buckets = (int)config.Whole("relative_attention_num_buckets", 32),
                FarthestDistance = (int)config.Whole("relative_attention_max_distance", 128),
            },
            Attention = new AttentionOptions
            {
                Width = width,
                Heads = heads,
                KeyHeads = heads,
                HeadSize = size,
                Scale = 1,
            },
            Mlp = new MlpOptions
            {
                Inner = config.Whole("d_ff"),
                Activation = projection == "gated-gelu" ? "gelu_new" : activation,
                IsGated = isGated,
            },
            Norm = new NormOptions { IsRms = true, Epsilon = config.Number("layer_norm_epsilon", 1e-6) },
        };
    }
}
