using Lrp.Core.Hooks;
using static TorchSharp.torch;

namespace Lrp.Composites.Canonizers;

/// <summary>Whether two passes of a model returned the same, up to rounding.</summary>
internal static class OutputComparison
{
    /// <summary>
    /// Whether all tensors differ by at most the square root of the spacing of numbers at 1, relative to the largest
    /// entry. Integers, which are chosen by comparing such numbers, are not compared.
    /// </summary>
    public static bool Agree(object? first, object? second)
    {
        using var scope = NewDisposeScope();
        var (expected, actual) = (TensorArguments.In(first).ToList(), TensorArguments.In(second).ToList());
        return expected.Count == actual.Count && expected.Zip(actual).All(pair => Agree(pair.First, pair.Second));
    }

    private static bool Agree(Tensor expected, Tensor actual)
    {
        if (!expected.shape.AsSpan().SequenceEqual(actual.shape))
        {
            return false;
        }

        if (!(expected.is_floating_point() || expected.is_complex()) || expected.numel() == 0)
        {
            return true;
        }

        var wide = expected.is_complex() ? ScalarType.ComplexFloat64 : ScalarType.Float64;
        var (a, b) = (expected.to(wide), actual.to(wide));
        var same = a.eq(b).logical_or(a.isnan().logical_and(b.isnan())); // NaN counts as equal to NaN
        var difference = zeros_like(same, ScalarType.Float64).where(same, a.sub(b).abs()).max().item<double>();
        var size = a.abs();
        var largest = zeros_like(size).where(size.isfinite().logical_not(), size).max().item<double>();
        return difference <= Math.Sqrt(Spacing(expected)) * largest;
    }

    /// <summary>The distance from 1 to the next number with which a layer computes.</summary>
    private static double Spacing(Tensor tensor) =>
        tensor.dtype switch
        {
            ScalarType.Float64 or ScalarType.ComplexFloat64 => Math.Pow(2, -52),
            ScalarType.BFloat16 => Math.Pow(2, -7),
            ScalarType.Float16 => Math.Pow(2, -10),
            // Convolutions on a GPU round to TF32, with ten bits.
            _ => Math.Pow(2, tensor.device_type == TorchSharp.DeviceType.CPU ? -23 : -10),
        };
}
