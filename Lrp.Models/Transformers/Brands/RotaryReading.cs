using Lrp.Models.Layers;
using Lrp.Models.Transformers.Configurations;

namespace Lrp.Models.Transformers.Brands;

/// <summary>Rotary positions as configurations of the hub describe them.</summary>
internal static class RotaryReading
{
    private static readonly string[] Kinds = ["default", "linear", "llama3", "yarn", "longrope"];

    /// <summary>The rotary positions of a config.</summary>
    /// <param name="config">The config.</param>
    /// <param name="headSize">The size of a head.</param>
    /// <param name="localTheta">The base in layers with a window; null for the same.</param>
    public static RotaryOptions Read(ModelConfig config, long headSize, double? localTheta = null)
    {
        var part = config.Number("partial_rotary_factor", config.Number("rotary_pct", 1));
        return new RotaryOptions
        {
            Size = (long)(headSize * part),
            Theta = config.Number("rope_theta", config.Number("rotary_emb_base", 10000)),
            LocalTheta = localTheta,
            Scaling = Scaling(config),
        };
    }

    private static RotaryScaling Scaling(ModelConfig config)
    {
        if (config.Part("rope_scaling") is not { } scaling)
        {
            return new RotaryScaling();
        }

        var kind = scaling.Text("rope_type", scaling.Text("type", "default"));
        var longest = config.Number("max_position_embeddings", 0);
        var original = scaling.NumberOrNull("original_max_position_embeddings");
        return kind switch
        {
            "default" => new RotaryScaling(),
            "linear" => new RotaryScaling { Kind = RotaryScalingKind.Linear, Factor = scaling.Number("factor") },
            "llama3" => new RotaryScaling
            {
                Kind = RotaryScalingKind.Llama3,
                Factor = scaling.Number("factor"),
                OriginalLength = original ?? longest,
                LowFrequencyFactor = scaling.Number("low_freq_factor"),
                HighFrequencyFactor = scaling.Number("high_freq_factor"),
            },
            "yarn" => new RotaryScaling
            {
                Kind = RotaryScalingKind.Yarn,
                Factor = original is { } trained ? longest / trained : scaling.Number("factor"),
                OriginalLength = original ?? longest,
                FastTurns = scaling.Number("beta_fast", 32),
                SlowTurns = scaling.Number("beta_slow", 1),
                AttentionFactor = scaling.NumberOrNull("attention_factor"),
                AttentionScales =
                    scaling.Number("mscale", 0) != 0 && scaling.Number("mscale_all_dim", 0) != 0
                        ? (scaling.Number("mscale"), scaling.Number("mscale_all_dim"))
                        : null,
            },
            "longrope" or "su" => LongRope(config, scaling, longest),
            _ => throw new NotSupportedException(
                $"The rotary scaling '{kind}' is not known; those that are: {string.Join(", ", Kinds)}."
            ),
        };
    }

    private static RotaryScaling LongRope(ModelConfig config, ModelConfig scaling, double longest)
    {
        var trained = config.NumberOrNull("original_max_position_embeddings");
        return new RotaryScaling
        {
            Kind = RotaryScalingKind.LongRope,
            Factor = trained is { } length ? longest / length : scaling.Number("factor", 1),
            OriginalLength = trained ?? longest,
            AttentionFactor = scaling.NumberOrNull("attention_factor"),
            ShortFactors = scaling.Numbers("short_factor"),
            LongFactors = scaling.Numbers("long_factor"),
        };
    }
}
