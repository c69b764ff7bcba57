using System.Numerics;
using static TorchSharp.torch;

namespace Lrp.Onnx.Kernels;

/// <summary>Resize and Upsample: along each axis, each output is a sum of few inputs with weights.</summary>
internal static class Resizing
{
    public static IEnumerable<Operator> Operators { get; } =
    [
        Row(
            "Resize",
            4,
            "antialias:i=0 axes:is "
                + "coordinate_transformation_mode:s="
                + "half_pixel|pytorch_half_pixel|align_corners|asymmetric|half_pixel_symmetric "
                + "cubic_coeff_a:f exclude_outside:i "
                + "extrapolation_value:f keep_aspect_ratio_policy:s mode:s=nearest|linear|cubic "
                + "nearest_mode:s=floor|ceil|round_prefer_floor|round_prefer_ceil"
        ),
        Row("Upsample", 2, "mode:s=nearest|linear|cubic scales:fs"),
    ];

    private static Operator Row(string name, int most, string attributes) =>
        new(name, Role.Average, c => [Run(c)], (1, most), attributes);

    private static Tensor Run(Call c)
    {
        var x = c[0];
        var rank = (int)x.dim();
        int[] axes =
        [
            .. (c.Node.Ints("axes") ?? [.. Enumerable.Range(0, rank).Select(k => (long)k)]).Select(a =>
                (int)c.Axis(a, rank)
            ),
        ];
        var isOld = c.Node.Operator == "Upsample" || c.Opset < 11;
        var (scales, sizes) = Wanted(c, axes, isOld);
        var result = x.alias();
        long[] lengths =
        [
            .. axes.Select((axis, k) => sizes?[k] ?? (long)MathF.Floor(x.shape[axis] * (float)scales![k])),
        ];
        if (axes.Select(axis => x.shape[axis]).SequenceEqual(lengths))
        {
            return result; // as ONNX Runtime, whatever the scales are
        }

        for (var k = 0; k < axes.Length; k++)
        {
            var (size, length) = (x.shape[axes[k]], lengths[k]);
            var scale = scales is null ? (double)length / size : scales[k];
            c.Allow([.. result.shape.Select((other, axis) => axis == axes[k] ? length : other)]);
            if (length != size || scale != 1)
            {
                result = Along(c, result, axes[k], length, scale, isOld);
            }
        }

        return result;
    }

    private static (double[]? Scales, long[]? Sizes) Wanted(Call c, int[] axes, bool isOld)
    {
        var scales =
            c.Node.Floats("scales")
            ?? (
                isOld ? c.Doubles(1)
                : c.Optional(2) is { } given && given.numel() > 0 ? c.Doubles(2)
                : null
            );
        var sizes = scales is null ? c.OptionalLongs(3) : null;
        if ((scales?.Length ?? sizes?.Length) != axes.Length || scales?.All(scale => scale is > 0 and < 1e6) == false)
        {
            throw c.Unfit("needs one scale or one size for each dimension");
        }

        if (sizes is null || c.Node.Text("keep_aspect_ratio_policy", "stretch") is not ("not_larger" or "not_smaller"))
        {
            return (scales, sizes);
        }

        var ratios = sizes.Select((size, k) => (double)size / c[0].shape[axes[k]]).ToArray();
        var ratio = c.Node.Text("keep_aspect_ratio_policy", "") == "not_larger" ? ratios.Min() : ratios.Max();
        return (
            [.. axes.Select(_ => ratio)],
            [.. axes.Select(axis => (long)Math.Round(ratio * c[0].shape[axis], MidpointRounding.AwayFromZero))]
        );
    }

    private static Tensor Along(Call c, Tensor x, int axis, long length, double scale, bool isOld)
    {
        var size = x.shape[axis];
        // Which entry is the nearest depends on the precision; ONNX Runtime computes places in float32.
        var isNearest = c.Node.Text("mode", "nearest") == "nearest";
        var taps = Enumerable
            .Range(0, (int)length)
            .Select(k =>
                Taps(
                    c,
                    isNearest
                        ? Place(c, k, size, length, (float)scale, isOld)
                        : Place(c, k, size, length, scale, isOld),
                    size,
                    scale,
                    isOld
                )
            )
            .ToArray();
        Tensor? sum = null;
        for (var t = 0; t < (taps.Length == 0 ? 0 : taps[0].Length); t++)
        {
            var indices = tensor(taps.Select(tap => Math.Clamp(tap[t].Index, 0, size - 1)).ToArray(), device: x.device);
            var part = x.index_select(axis, indices);
            if (taps.Any(tap => tap[t].Weight != 1))
            {
                var shape = Enumerable.Repeat(1L, (int)x.dim()).ToArray();
                shape[axis] = length;
                var weights = tensor(taps.Select(tap => tap[t].Weight).ToArray()).to_type(x.dtype).to(x.device);
                part = part.mul(weights.reshape(shape));
            }

            sum = sum is null ? part : sum.add(part);
        }

        return sum ?? x.narrow(axis, 0, 0);
    }

    /// <summary>The place in the input that an output stands for.</summary>
    private static double Place<T>(Call c, long index, long inputs, long outputs, T scale, bool isOld)
        where T : IBinaryFloatingPointIeee754<T>
    {
        var (at, size, length) = (T.CreateChecked(index), T.CreateChecked(inputs), T.CreateChecked(outputs));
        var (half, one) = (T.CreateChecked(0.5), T.One);
        var mode = isOld ? "asymmetric" : c.Node.Text("coordinate_transformation_mode", "half_pixel");
        var place = mode switch
        {
            "half_pixel" => ((at + half) / scale) - half,
            "pytorch_half_pixel" => length > one ? ((at + half) / scale) - half : T.Zero,
            "align_corners" => length > one ? at * (size - one) / (length - one) : T.Zero,
            "asymmetric" => at / scale,
            "half_pixel_symmetric" => (size * half * (one - (length / (scale * size)))) + ((at + half) / scale) - half,
            _ => throw new ArgumentOutOfRangeException(nameof(c), mode, null),
        };
        return double.CreateChecked(place);
    }

    private static (long Index, double Weight)[] Taps(Call c, double place, long size, double scale, bool isOld)
    {
        var mode = c.Node.Text("mode", "nearest");
        var below = Math.Floor(place);
        switch (mode)
        {
            case "nearest":
                var rounding = isOld
                    ? (scale < 1 ? "ceil" : "floor")
                    : c.Node.Text("nearest_mode", "round_prefer_floor");
                var nearest = rounding switch
                {
                    "floor" => below,
                    "ceil" => Math.Ceiling(place),
                    "round_prefer_ceil" => Math.Floor(place + 0.5),
                    _ => Math.Ceiling(place - 0.5),
                };
                return [((long)nearest, 1)];
            case "linear":
                place = Math.Clamp(place, 0, size - 1);
                below = Math.Floor(place);
                return [((long)below, 1 - (place - below)), ((long)below + 1, place - below)];
            case "cubic":
                var a = c.Float("cubic_coeff_a", -0.75);
                var taps = Enumerable
                    .Range(-1, 4)
                    .Select(k => ((long)below + k, Cubic(Math.Abs(place - below - k), a)))
                    .ToArray();
                if (c.Int("exclude_outside", 0) == 1)
                {
                    taps = [.. taps.Select(tap => tap.Item1 < 0 || tap.Item1 >= size ? (tap.Item1, 0.0) : tap)];
                    var total = taps.Sum(tap => tap.Item2);
                    taps = [.. taps.Select(tap => (tap.Item1, tap.Item2 / total))];
                }

                return taps;
            default:
                throw new ArgumentOutOfRangeException(nameof(c), mode, null);
        }
    }

    private static double Cubic(double d, double a) =>
        d <= 1 ? ((((a + 2) * d) - (a + 3)) * d * d) + 1
        : d < 2 ? (((((d - 5) * d) + 8) * d) - 4) * a
        : 0;
}
