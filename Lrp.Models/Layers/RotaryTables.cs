using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Models.Layers;

/// <summary>The cosines and sines of rotary positions; angles are computed in float64.</summary>
/// <param name="size">How many features of a head are turned; of an odd number one more, as they go in pairs.</param>
/// <param name="theta">The base of the frequencies: frequency k is theta^(−2k / size).</param>
/// <param name="scaling">How they are changed.</param>
internal sealed class RotaryTables(long size, double theta, RotaryScaling scaling)
{
    /// <summary>The tables for positions.</summary>
    /// <param name="positions">B or 1 × T, whole numbers.</param>
    /// <param name="dtype">The element type of the result.</param>
    /// <returns>Cosines and sines, each B or 1 × 1 × T × features in pairs; the caller disposes them.</returns>
    public (Tensor Cosine, Tensor Sine) At(Tensor positions, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var length = DependsOnLength ? positions.max().ToInt64() + 1 : 0;
        var (frequencies, factor) = Frequencies(length);
        var angles = positions
            .to_type(ScalarType.Float64)
            .unsqueeze(-1)
            .mul(tensor(frequencies, ScalarType.Float64, positions.device));
        var all = cat([angles, angles], -1).unsqueeze(1);
        return (
            all.cos().mul_(factor).to_type(dtype).MoveToOuterDisposeScope(),
            all.sin().mul_(factor).to_type(dtype).MoveToOuterDisposeScope()
        );
    }

    private bool DependsOnLength => scaling.Kind is RotaryScalingKind.LongRope or RotaryScalingKind.Dynamic;

    /// <summary>The frequencies, one for each pair of features, and the factor of cosines and sines.</summary>
    /// <param name="length">The length of the text, where the scaling depends on it.</param>
    internal (double[] Frequencies, double Factor) Frequencies(long length)
    {
        var plain = Plain(theta);
        return scaling.Kind switch
        {
            RotaryScalingKind.None => (plain, 1),
            RotaryScalingKind.Linear => (Array.ConvertAll(plain, f => f / scaling.Factor), 1),
            RotaryScalingKind.Dynamic => (Plain(theta * DynamicFactor(length)), 1),
            RotaryScalingKind.Llama3 => (Array.ConvertAll(plain, Llama3), 1),
            RotaryScalingKind.Yarn => (Yarn(plain), YarnFactor()),
            RotaryScalingKind.LongRope => (LongRope(plain, length), LongRopeFactor()),
            _ => throw new NotSupportedException($"The rotary scaling {scaling.Kind} is not known."),
        };
    }

    private double[] Plain(double theta) =>
        [.. Enumerable.Range(0, (int)((size + 1) / 2)).Select(k => Math.Pow(theta, -2.0 * k / size))];

    private double DynamicFactor(long length)
    {
        var longer = Math.Max(length, scaling.OriginalLength) / scaling.OriginalLength;
        return Math.Pow((scaling.Factor * longer) - (scaling.Factor - 1), size / (size - 2.0));
    }

    private double Llama3(double frequency)
    {
        var wavelength = 2 * Math.PI / frequency;
        var (low, high) = (scaling.LowFrequencyFactor, scaling.HighFrequencyFactor);
        if (wavelength < scaling.OriginalLength / high)
        {
            return frequency;
        }

        if (wavelength > scaling.OriginalLength / low)
        {
            return frequency / scaling.Factor;
        }

        var smooth = ((scaling.OriginalLength / wavelength) - low) / (high - low);
        return ((1 - smooth) * frequency / scaling.Factor) + (smooth * frequency);
    }

    private double[] Yarn(double[] plain)
    {
        var (low, high) = (Turning(scaling.FastTurns), Turning(scaling.SlowTurns));
        if (scaling.RoundsRange)
        {
            (low, high) = (Math.Floor(low), Math.Ceiling(high));
        }

        (low, high) = (Math.Max(low, 0), Math.Min(high, size - 1));
        var width = low == high ? 0.001 : high - low;
        return
        [
            .. plain.Select(
                (frequency, k) =>
                {
                    var kept = 1 - Math.Clamp((k - low) / width, 0, 1);
                    return (frequency / scaling.Factor * (1 - kept)) + (frequency * kept);
                }
            ),
        ];

        // The index of the frequency that makes a number of turns over the original length.
        double Turning(double turns) =>
            size * Math.Log(scaling.OriginalLength / (turns * 2 * Math.PI)) / (2 * Math.Log(theta));
    }

    private double YarnFactor()
    {
        return scaling.AttentionFactor
            ?? (scaling.AttentionScales is var (above, below) ? Scale(above) / Scale(below) : Scale(1));

        double Scale(double by) => scaling.Factor <= 1 ? 1 : (0.1 * by * Math.Log(scaling.Factor)) + 1;
    }

    private double[] LongRope(double[] plain, long length)
    {
        var factors = length > scaling.OriginalLength ? scaling.LongFactors : scaling.ShortFactors;
        return [.. plain.Zip(factors, (frequency, divisor) => frequency / divisor)];
    }

    private double LongRopeFactor() =>
        scaling.AttentionFactor
        ?? (scaling.Factor <= 1 ? 1 : Math.Sqrt(1 + (Math.Log(scaling.Factor) / Math.Log(scaling.OriginalLength))));
}
