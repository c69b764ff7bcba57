using static TorchSharp.torch;

namespace Lrp.Models.Methods;

/// <summary>The factor 1/σ of layer normalization.</summary>
internal static class Deviation
{
    /// <summary>
    /// 1 / √(variance + ε), computed in float32 at least; libtorch's <c>var</c> takes 16 times as long on a CPU.
    /// </summary>
    /// <param name="input">The input of the norm.</param>
    /// <param name="dimensions">The dimensions that are normalized; they are kept with length 1.</param>
    /// <param name="epsilon">ε.</param>
    /// <returns>A tensor in the element type of the input.</returns>
    public static Tensor Inverse(Tensor input, long[] dimensions, double epsilon)
    {
        var wide = Wide.Of(input);
        using var mean = wide.mean(dimensions, keepdim: true);
        using var centered = wide.sub(mean);
        return centered.pow_(2).mean(dimensions, keepdim: true).add_(epsilon).rsqrt_().to_type(input.dtype);
    }
}
