using Lrp.Models.Transformers.Configurations;

namespace Lrp.Models.Transformers.Brands;

/// <summary>Gemma 2 and 3 (text): norms on both sides, scaled embeddings, windows in most layers.</summary>
internal static class GemmaBrands
{
    private static readonly Brand Second = new()
    {
        ModelTypes = ["gemma2"],
        Prefix = "model.",
        Stack = config =>
        {
            var stack = Stack(config);
            return stack with
            {
                Window = LayerSets.Window(config, layer => layer % 2 == 0),
                Attention = stack.Attention with { SoftCap = config.NumberOrNull("attn_logit_softcapping") },
            };
        },
        Names =
        [
            .. LlamaBrands.Names.Where(name => !name.Ours.EndsWith(".mlp_norm", StringComparison.Ordinal)),
            new("stack.blocks.{k}.attention_last_norm", "layers.{k}.post_attention_layernorm"),
            new("stack.blocks.{k}.mlp_norm", "layers.{k}.pre_feedforward_layernorm"),
            new("stack.blocks.{k}.mlp_last_norm", "layers.{k}.post_feedforward_layernorm"),
        ],
        Heads = Heads.OfDecoder("lm_head", isTiedByDefault: true),
        LongestText = config => config.Whole("max_position_embeddings", 8192),
    };

    public static readonly IReadOnlyList<Brand> All =
    [
        Second,
        Second with
        {
            ModelTypes = ["gemma3_text"],
            Stack = config =>
            {
                var stack = Stack(config);
                var pattern = config.Whole("sliding_window_pattern", 6);
                return stack with
                {
                    Window = LayerSets.Window(config, layer => (layer + 1) % pattern != 0),
                    Rotary = RotaryReading.Read(
                        config,
                        stack.Attention.HeadSize,
                        config.Number("rope_local_base_freq", 10000)
                    ),
                    Attention = stack.Attention with { NormalizesQueriesAndKeys = true },
                };
            },
        },
    ];

    private static StackConfiguration Stack(ModelConfig config)
    {
        var stack = LlamaBrands.Stack(config);
        return stack with
        {
            EmbeddingScale = Math.Sqrt(stack.Width),
            Placement = NormPlacement.Around,
            Norm = stack.Norm with { Offset = 1 },
            Mlp = stack.Mlp with
            {
                Activation = config.Text("hidden_activation", config.Text("hidden_act", "gelu_pytorch_tanh")),
            },
            Attention = stack.Attention with { Scale = 1 / Math.Sqrt(config.Number("query_pre_attn_scalar", 256)) },
        };
    }
}
