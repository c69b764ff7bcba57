using static TorchSharp.torch;

namespace Lrp.Onnx.Kernels;

/// <summary>Pad, in all its modes.</summary>
internal static class Padding
{
    public static Tensor Run(Call c)
    {
        var x = c[0];
        var pads = c.LongsOf("pads", 1) ?? throw c.Unfit("is not told how much to add");
        var axes = c.OptionalLongs(3) ?? [.. Enumerable.Range(0, (int)x.dim()).Select(k => (long)k)];
        if (pads.Length != 2 * axes.Length)
        {
            throw c.Unfit($"has {pads.Length} sizes to add for {axes.Length} dimensions");
        }

        axes = [.. axes.Select(axis => c.Axis(axis, x.dim()))];
        var shape = x.shape;
        for (var k = 0; k < axes.Length; k++)
        {
            shape[axes[k]] += pads[k] + pads[k + axes.Length];
        }

        c.Allow(shape);
        var mode = c.Node.Text("mode", "constant");
        var result = x.alias();
        for (var k = 0; k < axes.Length; k++)
        {
            var (before, after) = (pads[k], pads[k + axes.Length]);
            if (before != 0 || after != 0)
            {
                result =
                    mode == "constant"
                        ? Filled(c, result, axes[k], before, after)
                        : result.index_select(
                            axes[k],
                            Sources(c, mode, result.shape[axes[k]], before, after).to(x.device)
                        );
            }
        }

        return result;
    }

    private static Tensor Filled(Call c, Tensor x, long axis, long before, long after)
    {
        var size = x.shape[axis];
        var kept = x.narrow(
            axis,
            Math.Min(size, Math.Max(0, -before)),
            Math.Max(0, size + Math.Min(0, before) + Math.Min(0, after))
        );
        var value =
            c.Node.Has("value") ? c.Float("value", 0)
            : c.Optional(2) is null ? 0
            : c.Doubles(2)[0];
        var parts = new List<Tensor> { kept };
        if (before > 0)
        {
            parts.Insert(0, Block(before));
        }

        if (after > 0)
        {
            parts.Add(Block(after));
        }

        return parts.Count == 1 ? kept : cat(parts, axis);

        Tensor Block(long length)
        {
            var shape = x.shape;
            shape[axis] = length;
            return full(shape, value, x.dtype, x.device);
        }
    }

    private static Tensor Sources(Call c, string mode, long size, long before, long after)
    {
        if (size == 0 || (mode == "reflect" && size == 1 && (before > 0 || after > 0)))
        {
            throw c.Unfit("has nothing to pad with");
        }

        var period = 2 * (size - 1);
        return tensor([
            .. Enumerable
                .Range(0, (int)Math.Max(0, size + before + after))
                .Select(k => k - before)
                .Select(at =>
                    mode switch
                    {
                        "edge" => Math.Clamp(at, 0, size - 1),
                        "wrap" => ((at % size) + size) % size,
                        "reflect" when size == 1 => 0,
                        "reflect" => Reflected(((at % period) + period) % period, size),
                        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, null),
                    }
                ),
        ]);
    }

    private static long Reflected(long at, long size) => at < size ? at : (2 * (size - 1)) - at;
}
