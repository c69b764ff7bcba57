using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Lrp.Torch.Operators;

/// <summary>Resampling [N, C, spatial...] to another size: which operator does it, and which requests make no sense.</summary>
internal static class Interpolation
{
    internal static Tensor Apply(
        Tensor x, long[]? size, double[]? scale, InterpolationMode mode, bool? align_corners, bool recompute_scale_factor, bool antialias)
    {
        ArgumentNullException.ThrowIfNull(x);
        int spatial = (int)x.ndim - 2;
        Validate(spatial, size, scale, mode, align_corners, recompute_scale_factor, antialias);
        if (recompute_scale_factor)
        {
            (size, scale) = (Scaled(x, scale!), null);
        }

        bool corners = align_corners ?? false;
        return (mode, spatial) switch
        {
            (InterpolationMode.Nearest, 1) => nearest1d(x, size, scale),
            (InterpolationMode.Nearest, 2) => nearest2d(x, size, scale),
            (InterpolationMode.Nearest, 3) => nearest3d(x, size, scale),
            (InterpolationMode.NearestExact, 1) => nearest_exact1d(x, size, scale),
            (InterpolationMode.NearestExact, 2) => nearest_exact2d(x, size, scale),
            (InterpolationMode.NearestExact, 3) => nearest_exact3d(x, size, scale),
            (InterpolationMode.Area, 1) => adaptive_avg_pool1d(x, (size ?? Scaled(x, scale!))[0]),
            (InterpolationMode.Area, 2) => adaptive_avg_pool2d(x, size ?? Scaled(x, scale!)),
            (InterpolationMode.Area, 3) => adaptive_avg_pool3d(x, size ?? Scaled(x, scale!)),
            (InterpolationMode.Linear, 1) => linear1d(x, size, corners, scale),
            (InterpolationMode.Bilinear, 2) => antialias ? bilinear2d_aa(x, size, corners, scale) : bilinear2d(x, size, corners, scale),
            (InterpolationMode.Bicubic, 2) => antialias ? bicubic2d_aa(x, size, corners, scale) : bicubic2d(x, size, corners, scale),
            (InterpolationMode.Trilinear, 3) => trilinear3d(x, size, corners, scale),
            _ => throw new ArgumentException(
                $"interpolate: mode {mode} is not defined for an input of shape [{string.Join(", ", x.shape)}]: "
                + "Linear wants [N, C, L], Bilinear and Bicubic [N, C, H, W], Trilinear [N, C, D, H, W].",
                nameof(mode)),
        };
    }

    private static void Validate(
        int spatial, long[]? size, double[]? scale, InterpolationMode mode, bool? align_corners, bool recompute, bool antialias)
    {
        if ((size is null) == (scale is null))
        {
            throw new ArgumentException("interpolate: give either 'size' or 'scale_factor'.");
        }

        if ((size?.Length ?? scale!.Length) != spatial)
        {
            throw new ArgumentException(
                $"interpolate: the input has {spatial} spatial dimensions, but '{(size is null ? "scale_factor" : "size")}' has {size?.Length ?? scale!.Length} entries.");
        }

        if (align_corners is not null && mode is InterpolationMode.Nearest or InterpolationMode.NearestExact or InterpolationMode.Area && align_corners is true)
        {
            throw new ArgumentException($"interpolate: align_corners has no meaning for mode {mode}.", nameof(align_corners));
        }

        if (recompute && scale is null)
        {
            throw new ArgumentException("interpolate: recompute_scale_factor needs 'scale_factor'.", nameof(recompute));
        }

        if (antialias && mode is not (InterpolationMode.Bilinear or InterpolationMode.Bicubic))
        {
            throw new ArgumentException("interpolate: antialias is for modes Bilinear and Bicubic.", nameof(antialias));
        }
    }

    private static long[] Scaled(Tensor x, double[] scale) =>
        scale.Select((factor, k) => (long)Math.Floor(x.shape[k + 2] * factor)).ToArray();
}
