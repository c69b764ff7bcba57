using Lrp.Models.Transformers.Configurations;

namespace Lrp.Models.Transformers.Brands;

/// <summary>Gemma 2 and 3 (text): norms on both sides, scaled embeddings, windows in most layers.</summary>
internal static class GemmaBrands
{
    private static readonly DecoderDefaults Defaults = new()
    {
        KeyHeads = 4,
        HeadSize = 256,
        Longest = 8192,
        PaddingId = 0,
    };

    private static readonly DecoderDefaults ThirdDefaults = Defaults with { Theta = 1_000_000, Longest = 131072 };

    private static readonly Brand Second = new()
    {
        ModelTypes = ["gemma2"],
        Prefix = "model.",
        Stack = config =>
        {
            var stack = Stack(config, Defaults);
            return stack with
            {
                Window = LayerSets.Window(config, layer => layer % 2 == 0, ifAbsent: 4096),
                Attention = stack.Attention with { SoftCap = config.NumberOrNull("attn_logit_softcapping", 50) },
            };
        },
        Names =
        [
            .. LlamaBrands.Names.Where(name => !name.Ours.EndsWith(".mlp_norm", StringComparison.Ordinal)),
            new("stack.blocks.{k}.attention_last_norm", "layers.{k}.post_attention_layernorm"),
            new("stack.blocks.{k}.mlp_norm", "layers.{k}.pre_feedforward_layernorm"),
            new("stack.blocks.{k}.mlp_last_norm", "layers.{k}.post_feedforward_layernorm"),
        ],
        Refuse = LlamaBrands.RefuseBothSides,
        Heads = Heads.OfDecoder("lm_head", isTiedByDefault: true, softCap: 30),
        LongestText = config => Longest(config, Defaults),
    };

    public static readonly IReadOnlyList<Brand> All =
    [
        Second,
        Second with
        {
            ModelTypes = ["gemma3_text"],
            Stack = config =>
            {
                var stack = Stack(config, ThirdDefaults);
                var pattern = config.Whole("sliding_window_pattern", 6);
                return stack with
                {
                    Window = LayerSets.Window(config, layer => (layer + 1) % pattern != 0, ifAbsent: 4096),
                    Rotary = stack.Rotary! with
                    {
                        LocalTheta = stack.Rotary.LocalTheta ?? config.Number("rope_local_base_freq", 10000),
                    },
                    Attention = stack.Attention with { NormalizesQueriesAndKeys = true },
                };
            },
            Heads = Heads.OfDecoder("lm_head", isTiedByDefault: true),
            LongestText = config => Longest(config, ThirdDefaults),
        },
    ];

    private static long Longest(ModelConfig config, DecoderDefaults defaults) =>
        RotaryReading.Longest(config, config.Whole("max_position_embeddings", defaults.Longest));

    private static StackConfiguration Stack(ModelConfig config, DecoderDefaults defaults)
    {
        var stack = LlamaBrands.Stack(config, defaults);
        return stack with
        {
            EmbeddingScale = Math.Sqrt(stack.Width),
            Placement = NormPlacement.Around,
            Norm = stack.Norm with { Offset = 1 },
            Mlp = stack.Mlp with { Activation = config.Text("hidden_activation", "gelu_pytorch_tanh") },
            Attention = stack.Attention with { Scale = 1 / Math.Sqrt(config.Number("query_pre_attn_scalar", 256)) },
        };
    }
}
