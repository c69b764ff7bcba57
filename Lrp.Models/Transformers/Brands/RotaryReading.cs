using Lrp.Models.Layers;
using Lrp.Models.Transformers.Configurations;

namespace Lrp.Models.Transformers.Brands;

/// <summary>What a brand says of rotary positions beside their scaling.</summary>
internal sealed record RotaryBase
{
    /// <summary>The base of the frequencies.</summary>
    public required double Theta { get; init; }

    /// <summary>The base in layers with a window; null for the same.</summary>
    public double? LocalTheta { get; init; }

    /// <summary>The part of a head that is turned.</summary>
    public double Part { get; init; } = 1;

    /// <summary>The longest text.</summary>
    public required double Longest { get; init; }

    /// <summary>The longest text of the training, where the brand tells it from the longest text.</summary>
    public double? Trained { get; init; }
}

/// <summary>Rotary positions as configurations of the hub describe them.</summary>
/// <remarks>
/// Files of transformers 4 have <c>rope_theta</c> and <c>rope_scaling</c>, those of transformers 5 have
/// <c>rope_parameters</c>, for all layers or for each kind of layer.
/// </remarks>
internal static class RotaryReading
{
    private const string Parameters = "rope_parameters";
    private const string OriginalLength = "original_max_position_embeddings";

    private static readonly string[] Kinds = ["default", "linear", "dynamic", "llama3", "yarn", "longrope"];

    /// <summary>The rotary positions of a config.</summary>
    /// <param name="config">The config.</param>
    /// <param name="headSize">The size of a head.</param>
    /// <param name="brand">What the brand says.</param>
    /// <exception cref="FormatException">The numbers do not fit each other.</exception>
    /// <exception cref="NotSupportedException">The scaling is not known.</exception>
    public static RotaryOptions Read(ModelConfig config, long headSize, RotaryBase brand)
    {
        var all = config.Part(Parameters);
        var everywhere = all?.Part("full_attention") ?? all;
        var nearby = all?.Part("sliding_attention");
        if (nearby is not null && KindOf(nearby) != "default")
        {
            throw new NotSupportedException(
                $"{config.Path} has the rotary scaling '{KindOf(nearby)}' in layers with a window; only those without "
                    + "can have one."
            );
        }

        var size = (long)(headSize * (everywhere?.NumberOrNull("partial_rotary_factor") ?? brand.Part));
        var pairs = (size + 1) / 2;
        return 2 * pairs <= headSize
            ? new RotaryOptions
            {
                Size = size,
                Theta = everywhere?.NumberOrNull("rope_theta") ?? brand.Theta,
                LocalTheta = nearby?.NumberOrNull("rope_theta") ?? brand.LocalTheta,
                Scaling =
                    everywhere is not null ? Scaling(config, everywhere, pairs, brand, isRatio: false)
                    : config.Part("rope_scaling") is { } scaling ? Scaling(config, scaling, pairs, brand, isRatio: true)
                    : new RotaryScaling(),
            }
            : throw new FormatException(
                $"{config.Path} has rotary positions for {size} features of a head, in pairs, and heads of {headSize}."
            );
    }

    /// <summary>The longest text; a scaling by the text's length makes it longer.</summary>
    public static long Longest(ModelConfig config, double longest)
    {
        var scaling = config.Part(Parameters) ?? config.Part("rope_scaling");
        return (long)(
            scaling is not null && KindOf(scaling) == "dynamic" ? scaling.Number("factor") * longest : longest
        );
    }

    private static string KindOf(ModelConfig scaling) => scaling.Text("rope_type", scaling.Text("type", "default"));

    /// <param name="config">The config.</param>
    /// <param name="scaling">The object that describes the scaling.</param>
    /// <param name="pairs">The number of pairs of features that are turned.</param>
    /// <param name="brand">What the brand says.</param>
    /// <param name="isRatio">
    /// Whether lengths decide over the factor where both are there, as in transformers 4; else the factor does.
    /// </param>
    private static RotaryScaling Scaling(
        ModelConfig config,
        ModelConfig scaling,
        long pairs,
        RotaryBase brand,
        bool isRatio
    )
    {
        var original = scaling.NumberOrNull(OriginalLength);
        return KindOf(scaling) switch
        {
            "default" => new RotaryScaling(),
            "linear" => new RotaryScaling { Kind = RotaryScalingKind.Linear, Factor = scaling.Number("factor") },
            "dynamic" => new RotaryScaling
            {
                Kind = RotaryScalingKind.Dynamic,
                Factor = scaling.Number("factor"),
                OriginalLength = brand.Longest,
            },
            "llama3" => new RotaryScaling
            {
                Kind = RotaryScalingKind.Llama3,
                Factor = scaling.Number("factor"),
                OriginalLength = original ?? brand.Longest,
                LowFrequencyFactor = scaling.Number("low_freq_factor"),
                HighFrequencyFactor = scaling.Number("high_freq_factor"),
            },
            "yarn" => new RotaryScaling
            {
                Kind = RotaryScalingKind.Yarn,
                Factor =
                    original is { } length && (isRatio || !scaling.Has("factor"))
                        ? brand.Longest / length
                        : scaling.Number("factor"),
                OriginalLength = original ?? brand.Longest,
                FastTurns = NotZero("beta_fast") ?? 32,
                SlowTurns = NotZero("beta_slow") ?? 1,
                RoundsRange = scaling.Truth("truncate", true),
                AttentionFactor = scaling.NumberOrNull("attention_factor"),
                AttentionScales =
                    NotZero("mscale") is { } above && NotZero("mscale_all_dim") is { } below ? (above, below) : null,
            },
            "longrope" or "su" => LongRope(config, scaling, pairs, brand, isRatio),
            var kind => throw new NotSupportedException(
                $"The rotary scaling '{kind}' is not known; those that are: {string.Join(", ", Kinds)}."
            ),
        };

        double? NotZero(string name) => scaling.Number(name, 0) is not 0 and var number ? number : null;
    }

    private static RotaryScaling LongRope(
        ModelConfig config,
        ModelConfig scaling,
        long pairs,
        RotaryBase brand,
        bool isRatio
    )
    {
        var trained =
            config.NumberOrNull(OriginalLength)
            ?? (isRatio ? null : scaling.NumberOrNull(OriginalLength))
            ?? brand.Trained;
        var attention = scaling.NumberOrNull("attention_factor");
        return new RotaryScaling
        {
            Kind = RotaryScalingKind.LongRope,
            Factor =
                trained is { } length && (isRatio || !scaling.Has("factor")) ? brand.Longest / length
                : attention is null ? scaling.Number("factor")
                : 1,
            OriginalLength = trained ?? brand.Longest,
            AttentionFactor = attention,
            ShortFactors = Factors("short_factor"),
            LongFactors = Factors("long_factor"),
        };

        IReadOnlyList<double> Factors(string name)
        {
            var factors = scaling.Numbers(name);
            return factors.Count == pairs
                ? factors
                : throw new FormatException(
                    $"In {scaling.Path} '{name}' has {factors.Count} numbers, and {pairs} pairs of features are turned."
                );
        }
    }
}
