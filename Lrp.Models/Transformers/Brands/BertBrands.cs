using Lrp.Models.Layers;
using Lrp.Models.Transformers.Configurations;
using static Lrp.Models.Transformers.Configurations.TransformerTask;

namespace Lrp.Models.Transformers.Brands;

/// <summary>BERT and the encoders that are built as it is: RoBERTa, DistilBERT.</summary>
internal static class BertBrands
{
    /// <summary>The names of the tables and the norm of the embeddings.</summary>
    public static readonly IReadOnlyList<TensorName> EmbeddingNames =
    [
        new("stack.embeddings.words", "embeddings.word_embeddings"),
        new("stack.embeddings.positions", "embeddings.position_embeddings"),
        new("stack.embeddings.types", "embeddings.token_type_embeddings"),
        new("stack.embeddings.norm", "embeddings.LayerNorm"),
    ];

    private static readonly IReadOnlyList<TensorName> Names =
    [
        .. EmbeddingNames,
        .. TensorName.Inside(
            "stack.blocks.{k}.",
            "encoder.layer.{k}.",
            [
                new("attention.query", "attention.self.query"),
                new("attention.key", "attention.self.key"),
                new("attention.value", "attention.self.value"),
                new("attention.output", "attention.output.dense"),
                new("attention_norm", "attention.output.LayerNorm"),
                new("mlp.up", "intermediate.dense"),
                new("mlp.down", "output.dense"),
                new("mlp_norm", "output.LayerNorm"),
            ]
        ),
    ];

    private static readonly string[] Unused =
    [
        "embeddings.position_ids",
        "cls.seq_relationship",
        "pooler.",
        "cls.predictions.decoder",
    ];

    private static readonly Brand Bert = new()
    {
        ModelTypes = ["bert"],
        Prefix = "bert.",
        Stack = config => Stack(config),
        Names = Names,
        Refuse = RefuseUnusual,
        Heads = new Dictionary<TransformerTask, BrandHead>
        {
            [MaskedToken] = MaskedWords(
                "cls.predictions.transform.dense",
                "cls.predictions.transform.LayerNorm",
                ["cls.predictions.bias", "cls.predictions.decoder.bias"],
                "cls.predictions.decoder",
                config => config.Text("hidden_act", "gelu")
            ),
            [TextClass] = Pooled("bert.pooler.dense", "classifier"),
            [TokenClass] = Heads.TokenClass("classifier"),
            [AnswerSpan] = Heads.AnswerSpan(),
        },
        Unused = Unused,
        LongestText = config => config.Whole("max_position_embeddings"),
    };

    private static readonly Brand Roberta = Bert with
    {
        ModelTypes = ["roberta", "xlm-roberta", "camembert"],
        Prefix = "roberta.",
        Stack = config =>
        {
            var stack = Stack(config);
            var padding = config.Whole("pad_token_id", 1);
            return stack with
            {
                PaddingId = padding,
                Positions = stack.Positions! with { Offset = padding + 1, Count = PositionCount.NotPadding },
            };
        },
        Heads = new Dictionary<TransformerTask, BrandHead>
        {
            [MaskedToken] = MaskedWords(
                "lm_head.dense",
                "lm_head.layer_norm",
                ["lm_head.bias", "lm_head.decoder.bias"],
                "lm_head.decoder",
                _ => "gelu"
            ),
            [TextClass] = Pooled("classifier.dense", "classifier.out_proj"),
            [TokenClass] = Heads.TokenClass("classifier"),
            [AnswerSpan] = Heads.AnswerSpan(),
        },
        Unused = [.. Unused, "lm_head.decoder"],
        LongestText = config => config.Whole("max_position_embeddings") - config.Whole("pad_token_id", 1) - 1,
    };

    private static readonly Brand DistilBert = new()
    {
        ModelTypes = ["distilbert"],
        Prefix = "distilbert.",
        Stack = config =>
            Stack(config, "dim", "n_heads", "n_layers", "hidden_dim", config.Text("activation", "gelu")) with
            {
                TokenTypes = 0,
            },
        Names =
        [
            .. EmbeddingNames,
            .. TensorName.Inside(
                "stack.blocks.{k}.",
                "transformer.layer.{k}.",
                [
                    new("attention.query", "attention.q_lin"),
                    new("attention.key", "attention.k_lin"),
                    new("attention.value", "attention.v_lin"),
                    new("attention.output", "attention.out_lin"),
                    new("attention_norm", "sa_layer_norm"),
                    new("mlp.up", "ffn.lin1"),
                    new("mlp.down", "ffn.lin2"),
                    new("mlp_norm", "output_layer_norm"),
                ]
            ),
        ],
        Heads = new Dictionary<TransformerTask, BrandHead>
        {
            [MaskedToken] = MaskedWords(
                "vocab_transform",
                "vocab_layer_norm",
                ["vocab_projector.bias"],
                "vocab_projector",
                config => config.Text("activation", "gelu"),
                width: "dim"
            ),
            [TextClass] = Pooled("pre_classifier", "classifier", "relu", "dim"),
            [TokenClass] = Heads.TokenClass("classifier"),
            [AnswerSpan] = Heads.AnswerSpan(),
        },
        Unused = ["embeddings.position_ids", "vocab_projector.weight"],
        LongestText = config => config.Whole("max_position_embeddings"),
    };

    public static readonly IReadOnlyList<Brand> All = [Bert, Roberta, DistilBert];

    /// <summary>The stack of a BERT.</summary>
    public static StackConfiguration Stack(ModelConfig config, string activation = "gelu") =>
        Stack(
            config,
            "hidden_size",
            "num_attention_heads",
            "num_hidden_layers",
            "intermediate_size",
            config.Text("hidden_act", activation)
        );

    private static StackConfiguration Stack(
        ModelConfig config,
        string widthName,
        string headsName,
        string layersName,
        string innerName,
        string activation
    )
    {
        var (width, heads) = (config.Whole(widthName), config.Whole(headsName));
        return new StackConfiguration
        {
            Vocabulary = config.Whole("vocab_size"),
            Width = width,
            Layers = (int)config.Whole(layersName),
            PaddingId = config.Whole("pad_token_id", 0),
            TokenTypes = config.Whole("type_vocab_size", 2),
            HasEmbeddingNorm = true,
            Placement = NormPlacement.After,
            Positions = new PositionOptions { Rows = config.Whole("max_position_embeddings") },
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
                Inner = config.Whole(innerName),
                Activation = activation,
                HasBias = true,
            },
            Norm = Norm(config),
        };
    }

    private static NormOptions Norm(ModelConfig config) => new() { Epsilon = config.Number("layer_norm_eps", 1e-12) };

    /// <summary>A word at each place: a layer, a norm, the table of words and a bias.</summary>
    public static BrandHead MaskedWords(
        string layer,
        string norm,
        string[] biases,
        string output,
        Func<ModelConfig, string> activation,
        string width = "hidden_size"
    ) =>
        new(
            (config, _) =>
                new HeadConfiguration
                {
                    Layer = Heads.Layer(config, activation(config), Norm(config), width),
                    Outputs = config.Whole("vocab_size"),
                    HasBias = true,
                    IsTied = config.Truth("tie_word_embeddings", true),
                },
            [
                new("head.layer", layer),
                new("head.norm", norm),
                .. biases.Select(bias => new TensorName("head.output.bias", bias)),
                new("head.output.weight", $"{output}.weight"),
            ]
        );

    /// <summary>A class from the first token, by way of a layer.</summary>
    public static BrandHead Pooled(
        string layer,
        string output,
        string activation = "tanh",
        string width = "hidden_size"
    ) =>
        new(
            (config, classes) =>
                new HeadConfiguration
                {
                    Pooling = Pooling.First,
                    Layer = Heads.Layer(config, activation, width: width),
                    Outputs = classes,
                    HasBias = true,
                },
            [new("head.layer", layer), new("head.output", output)]
        );

    /// <summary>Refuses positions of other kinds, and encoders that see no later tokens.</summary>
    public static string? RefuseUnusual(ModelConfig config) =>
        config.Text("position_embedding_type", "absolute") is not "absolute" and var kind
            ? $"positions of the kind '{kind}'"
        : config.Truth("is_decoder", false) ? "a decoder that sees no later tokens (is_decoder)"
        : null;
}
