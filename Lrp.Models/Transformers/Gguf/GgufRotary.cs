using Lrp.Checkpoints;
using Lrp.Models.Layers;
using Lrp.Models.Transformers.Configurations;
using static TorchSharp.torch;

namespace Lrp.Models.Transformers.Gguf;

/// <summary>
/// Rotary positions as GGUF files describe them: by keys, and by tensors of divisors of the frequencies.
/// </summary>
internal static class GgufRotary
{
    private const string Divisors = "rope_freqs.weight";
    private const string ShortDivisors = "rope_factors_short.weight";
    private const string LongDivisors = "rope_factors_long.weight";

    /// <summary>The rotary positions of a file.</summary>
    /// <exception cref="GgufException">A key or tensor is wrong, or the kind of scaling is not known.</exception>
    public static RotaryOptions Read(GgufFile file, GgufKeys keys, long headSize)
    {
        var size = keys.Count("rope.dimension_count", headSize);
        if (size > headSize || size % 2 != 0)
        {
            throw new GgufModelException(
                $"The key '{keys.Key("rope.dimension_count")}' is {size}; it has to be even and at most {headSize}, "
                    + "the size of a head."
            );
        }

        return new RotaryOptions
        {
            Size = size,
            Theta = keys.Positive("rope.freq_base", 10000),
            Scaling = Scaling(file, keys, size),
        };
    }

    private static RotaryScaling Scaling(GgufFile file, GgufKeys keys, long size)
    {
        var kind = keys.Text("rope.scaling.type", "none");
        var factor = keys.Positive("rope.scaling.factor", 1);
        var isLong = file.Contains(LongDivisors);
        return kind switch
        {
            "none" or "longrope" when isLong => LongRope(file, keys, size),
            "none" => WithDivisors(file, size, 1),
            "linear" => WithDivisors(file, size, factor),
            "yarn" => new RotaryScaling
            {
                Kind = RotaryScalingKind.Yarn,
                Factor = factor,
                OriginalLength = OriginalLength(keys),
                FastTurns = keys.Positive("rope.scaling.yarn_beta_fast", 32),
                SlowTurns = keys.Positive("rope.scaling.yarn_beta_slow", 1),
                AttentionFactor = keys.Has("rope.scaling.attn_factor")
                    ? keys.Positive("rope.scaling.attn_factor") * ((0.1 * Math.Log(factor)) + 1)
                    : null,
            },
            "longrope" => throw new GgufModelException(
                $"The key '{keys.Key("rope.scaling.type")}' is longrope, but there is no tensor '{LongDivisors}'."
            ),
            _ => throw new GgufUnsupportedException(
                $"The key '{keys.Key("rope.scaling.type")}' is '{kind}'; none, linear, yarn and longrope are supported."
            ),
        };
    }

    // One divisor for each frequency is what LongRoPE has, with one list for all lengths.
    private static RotaryScaling WithDivisors(GgufFile file, long size, double factor)
    {
        if (!file.Contains(Divisors))
        {
            return factor == 1
                ? new RotaryScaling()
                : new RotaryScaling { Kind = RotaryScalingKind.Linear, Factor = factor };
        }

        double[] divisors = [.. Numbers(file, Divisors, size).Select(divisor => divisor * factor)];
        return new RotaryScaling
        {
            Kind = RotaryScalingKind.LongRope,
            OriginalLength = double.PositiveInfinity,
            AttentionFactor = 1,
            ShortFactors = divisors,
            LongFactors = divisors,
        };
    }

    private static RotaryScaling LongRope(GgufFile file, GgufKeys keys, long size)
    {
        var original = OriginalLength(keys);
        return new RotaryScaling
        {
            Kind = RotaryScalingKind.LongRope,
            Factor = keys.Count("context_length") / original,
            OriginalLength = original,
            AttentionFactor = keys.Has("rope.scaling.attn_factor") ? keys.Positive("rope.scaling.attn_factor") : null,
            ShortFactors = Numbers(file, ShortDivisors, size),
            LongFactors = Numbers(file, LongDivisors, size),
        };
    }

    private static double OriginalLength(GgufKeys keys) =>
        keys.Positive("rope.scaling.original_context_length", keys.Count("context_length"));

    private static double[] Numbers(GgufFile file, string name, long size)
    {
        if (!file.Contains(name))
        {
            throw new GgufModelException($"The tensor '{name}' is missing.");
        }

        var entry = file.Entry(name);
        if (entry.Shape is not [var count] || count != size / 2)
        {
            throw new GgufModelException(
                $"The tensor '{entry}' divides the frequencies of rotary positions; it has to be [{size / 2}]."
            );
        }

        using var stored = file.ReadTensor(name);
        using var doubles = stored.to_type(ScalarType.Float64);
        var numbers = doubles.data<double>().ToArray();
        return Array.TrueForAll(numbers, number => number > 0 && double.IsFinite(number))
            ? numbers
            : throw new GgufModelException($"The tensor '{name}' has to have numbers above 0.");
    }
}
