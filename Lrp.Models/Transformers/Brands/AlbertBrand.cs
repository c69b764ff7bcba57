using Lrp.Models.Transformers.Configurations;
using static Lrp.Models.Transformers.Configurations.TransformerTask;

namespace Lrp.Models.Transformers.Brands;

/// <summary>ALBERT: a BERT with narrow embeddings, whose layers share the blocks of a few groups.</summary>
internal static class AlbertBrand
{
    public static readonly IReadOnlyList<Brand> All =
    [
        new Brand
        {
            ModelTypes = ["albert"],
            Prefix = "albert.",
            Stack = config =>
                BertBrands.Stack(config, "gelu_new") with
                {
                    EmbeddingWidth = config.Whole("embedding_size"),
                    ProjectsBehindNorm = true,
                    SharedBlocks = Passes(config),
                },
            Names =
            [
                .. BertBrands.EmbeddingNames,
                new("stack.embeddings.projection", "encoder.embedding_hidden_mapping_in"),
            ],
            Fit = (brand, config) => brand with { Names = [.. brand.Names, .. Blocks(config)] },
            Refuse = BertBrands.RefuseUnusual,
            Heads = new Dictionary<TransformerTask, BrandHead>
            {
                [MaskedToken] = BertBrands.MaskedWords(
                    "predictions.dense",
                    "predictions.LayerNorm",
                    ["predictions.bias", "predictions.decoder.bias"],
                    "predictions.decoder",
                    config => config.Text("hidden_act", "gelu_new"),
                    width: "embedding_size"
                ),
                [TextClass] = BertBrands.Pooled("albert.pooler", "classifier"),
                [TokenClass] = Heads.TokenClass("classifier"),
                [AnswerSpan] = Heads.AnswerSpan(),
            },
            Unused = ["embeddings.position_ids", "pooler.", "predictions.decoder", "sop_classifier"],
            LongestText = config => config.Whole("max_position_embeddings"),
        },
    ];

    private static IReadOnlyList<IReadOnlyList<int>> Passes(ModelConfig config)
    {
        var layers = (int)config.Whole("num_hidden_layers");
        var (groups, inner) = Groups(config);
        return
        [
            .. Enumerable
                .Range(0, layers)
                .Select(layer => (int)(layer / ((double)layers / groups)))
                .Select(group => (IReadOnlyList<int>)[.. Enumerable.Range(group * inner, inner)]),
        ];
    }

    /// <summary>The names of ALBERT's blocks, which are numbered by their group and in it.</summary>
    private static IEnumerable<TensorName> Blocks(ModelConfig config)
    {
        var (groups, inner) = Groups(config);
        return Enumerable
            .Range(0, groups * inner)
            .SelectMany(block =>
                TensorName.Inside(
                    $"stack.blocks.{block}.",
                    $"encoder.albert_layer_groups.{block / inner}.albert_layers.{block % inner}.",
                    [
                        new("attention.query", "attention.query"),
                        new("attention.key", "attention.key"),
                        new("attention.value", "attention.value"),
                        new("attention.output", "attention.dense"),
                        new("attention_norm", "attention.LayerNorm"),
                        new("mlp.up", "ffn"),
                        new("mlp.down", "ffn_output"),
                        new("mlp_norm", "full_layer_layer_norm"),
                    ]
                )
            );
    }

    /// <summary>The number of groups, and of the layers in each of them.</summary>
    private static (int Groups, int Inner) Groups(ModelConfig config)
    {
        var (groups, inner) = (config.Whole("num_hidden_groups", 1), config.Whole("inner_group_num", 1));
        var layers = config.Whole("num_hidden_layers");
        return groups >= 1 && inner >= 1 && groups <= layers
            ? ((int)groups, (int)inner)
            : throw new FormatException(
                $"{config.Path} has {layers} layers (num_hidden_layers) in {groups} groups (num_hidden_groups) of "
                    + $"{inner} (inner_group_num), and needs 1 group at least, and no more groups than layers."
            );
    }
}
