using Lrp.Models.Layers;
using Lrp.Models.Transformers.Configurations;
using static Lrp.Models.Transformers.Configurations.TransformerTask;

namespace Lrp.Models.Transformers.Brands;

/// <summary>
/// ModernBERT: rotary positions, gated MLPs, windows in most layers, no norm before the first attention.
/// </summary>
internal static class ModernBertBrand
{
    public static readonly IReadOnlyList<Brand> All =
    [
        new Brand
        {
            ModelTypes = ["modernbert"],
            Prefix = "model.",
            Stack = Stack,
            Names =
            [
                new("stack.embeddings.words", "embeddings.tok_embeddings"),
                new("stack.embeddings.norm", "embeddings.norm"),
                .. TensorName.Inside(
                    "stack.blocks.{k}.",
                    "layers.{k}.",
                    [
                        new("attention_norm", "attn_norm"),
                        new("attention.query", "attn.Wqkv", TensorPart.Following),
                        new("attention.key", "attn.Wqkv", TensorPart.Following),
                        new("attention.value", "attn.Wqkv", TensorPart.Following),
                        new("attention.output", "attn.Wo"),
                        new("mlp_norm", "mlp_norm"),
                        new("mlp.gate", "mlp.Wi", TensorPart.Following),
                        new("mlp.up", "mlp.Wi", TensorPart.Following),
                        new("mlp.down", "mlp.Wo"),
                    ]
                ),
                new("stack.final_norm", "final_norm"),
            ],
            Heads = new Dictionary<TransformerTask, BrandHead>
            {
                [MaskedToken] = new(
                    (config, _) =>
                        Head(config) with
                        {
                            Outputs = config.Whole("vocab_size"),
                            HasBias = config.Truth("decoder_bias", true),
                            IsTied = config.Truth("tie_word_embeddings", true),
                        },
                    Names("decoder")
                ),
                [TextClass] = new(
                    (config, classes) =>
                        Head(config) with
                        {
                            Outputs = classes,
                            HasBias = true,
                            Pooling = PoolingOf(config),
                        },
                    Names("classifier")
                ),
                [TokenClass] = new(
                    (config, classes) => Head(config) with { Outputs = classes, HasBias = true },
                    Names("classifier")
                ),
                [AnswerSpan] = new(
                    (config, _) =>
                        Head(config) with
                        {
                            Outputs = TransformerConfiguration.EndsOfAnswer,
                            HasBias = true,
                        },
                    Names("classifier")
                ),
            },
            Unused = ["decoder.weight"],
            LongestText = config => config.Whole("max_position_embeddings"),
        },
    ];

    private static IReadOnlyList<TensorName> Names(string output) =>
        [new("head.layer", "head.dense"), new("head.norm", "head.norm"), new("head.output", output)];

    private static StackConfiguration Stack(ModelConfig config)
    {
        var (width, heads) = (config.Whole("hidden_size"), config.Whole("num_attention_heads"));
        var hasBias = config.Truth("attention_bias", false);
        var every = config.Whole("global_attn_every_n_layers", 3);
        var theta = config.Number("global_rope_theta", 160000);
        return new StackConfiguration
        {
            Vocabulary = config.Whole("vocab_size"),
            Width = width,
            Layers = (int)config.Whole("num_hidden_layers"),
            PaddingId = config.WholeOrNull("pad_token_id", 50283),
            HasEmbeddingNorm = true,
            HasFinalNorm = true,
            SkipsFirstNorm = true,
            Rotary = RotaryReading.Read(
                config,
                width / heads,
                new RotaryBase
                {
                    Theta = theta,
                    LocalTheta = config.NumberOrNull("local_rope_theta", 10000) ?? theta,
                    Longest = config.Number("max_position_embeddings"),
                }
            ),
            Window = new WindowOptions
            {
                Size = config.Whole("local_attention", 128) / 2,
                Layers = LayerSets.WithWindow(config, layer => layer % every != 0),
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
                Inner = config.Whole("intermediate_size"),
                Activation = config.Text("hidden_activation", "gelu"),
                IsGated = true,
                HasBias = config.Truth("mlp_bias", false),
            },
            Norm = Norm(config),
        };
    }

    private static Pooling PoolingOf(ModelConfig config) =>
        config.Text("classifier_pooling", "cls") switch
        {
            "cls" => Pooling.First,
            "mean" => Pooling.Mean,
            var other => throw new FormatException(
                $"In {config.Path} 'classifier_pooling' is {other}, and has to be cls or mean."
            ),
        };

    private static NormOptions Norm(ModelConfig config) =>
        new() { Epsilon = config.Number("norm_eps", 1e-5), HasBias = config.Truth("norm_bias", false) };

    private static HeadConfiguration Head(ModelConfig config) =>
        new()
        {
            Outputs = 0,
            Layer = new HeadLayer
            {
                Width = config.Whole("hidden_size"),
                Activation = config.Text("classifier_activation", "gelu"),
                HasBias = config.Truth("classifier_bias", false),
                Norm = Norm(config),
            },
        };
}
