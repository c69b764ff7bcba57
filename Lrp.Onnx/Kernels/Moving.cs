using static TorchSharp.torch;

namespace Lrp.Onnx.Kernels;

/// <summary>Operators that put entries elsewhere.</summary>
internal static class Moving
{
    public static IEnumerable<Operator> Operators { get; } =
    [
        Row("Reshape", Reshaped, (2, 2), "allowzero:i"),
        Row("Flatten", Flattened, (1, 1), "axis:i"),
        Row("Transpose", Transposed, (1, 1), "perm:is"),
        Row("Squeeze", Squeezed, (1, 2), "axes:is"),
        Row("Unsqueeze", Unsqueezed, (1, 2), "axes:is"),
        Row("Expand", Expanded, (2, 2)),
        Row("Tile", Tiled, (2, 2)),
        Row("Concat", Joined, (1, int.MaxValue), "axis!:i"),
        new("Split", Role.Movement, Split, (1, 2), "axis:i split:is num_outputs:i"),
        Row("Slice", Sliced, (1, 5), "axes:is starts:is ends:is"),
        Row("DepthToSpace", ToSpace, (1, 1), "blocksize!:i mode:s"),
        Row("SpaceToDepth", ToDepth, (1, 1), "blocksize!:i"),
        Row("Trilu", Triangle, (1, 2), "upper:i"),
        Row("Pad", Padding.Run, (1, 4), "pads:is mode:s=constant|reflect|edge|wrap value:f"),
    ];

    private static Operator Row(string name, Func<Call, Tensor> run, (int, int) inputs, string attributes = "") =>
        new(name, Role.Movement, c => [run(c)], inputs, attributes);

    private static Tensor Reshaped(Call c)
    {
        var (x, shape) = (c[0], c.Longs(1));
        for (var k = 0; k < shape.Length && c.Int("allowzero", 0) == 0; k++)
        {
            if (shape[k] == 0)
            {
                shape[k] = k < x.dim() ? x.shape[k] : throw c.Unfit("keeps a dimension that its input has not");
            }
        }

        var known = shape.Where(size => size >= 0).Aggregate(1L, (all, size) => all * size);
        var open = shape.Count(size => size == -1);
        var fits =
            shape.All(size => size >= -1)
            && open <= 1
            && (open == 0 ? known == x.numel() : known > 0 && x.numel() % known == 0);
        return fits ? x.reshape(shape) : throw c.Unfit($"cannot give its input the shape [{string.Join(", ", shape)}]");
    }

    private static Tensor Flattened(Call c)
    {
        var axis = c.Int("axis", 1);
        var rank = c[0].dim();
        axis = axis == rank ? rank : c.Axis(axis, Math.Max(rank, 1));
        var rows = c[0].shape.Take((int)axis).Aggregate(1L, (all, size) => all * size);
        var columns = c[0].shape.Skip((int)axis).Aggregate(1L, (all, size) => all * size);
        return c[0].reshape(rows, columns);
    }

    private static Tensor Transposed(Call c)
    {
        var rank = c[0].dim();
        var order = c.Node.Ints("perm") ?? [.. Enumerable.Range(0, (int)rank).Reverse().Select(k => (long)k)];
        return order.Order().SequenceEqual(Enumerable.Range(0, (int)rank).Select(k => (long)k))
            ? c[0].permute(order)
            : throw c.Unfit($"has the order [{string.Join(", ", order)}] for {rank} dimensions");
    }

    private static Tensor Squeezed(Call c)
    {
        var x = c[0];
        var axes =
            c.LongsOf("axes", 1)?.Select(axis => c.Axis(axis, x.dim())).ToHashSet()
            ?? [.. Enumerable.Range(0, (int)x.dim()).Where(k => x.shape[k] == 1).Select(k => (long)k)];
        return axes.All(axis => x.shape[axis] == 1)
            ? x.reshape([.. x.shape.Where((_, k) => !axes.Contains(k))])
            : throw c.Unfit("takes away dimensions that have more than one entry");
    }

    private static Tensor Unsqueezed(Call c)
    {
        var axes = c.LongsOf("axes", 1) ?? throw c.Unfit("is not told which dimensions to add");
        var rank = c[0].dim() + axes.Length;
        var result = c[0];
        foreach (var axis in axes.Select(axis => c.Axis(axis, rank)).Order())
        {
            result = axis <= result.dim() ? result.unsqueeze(axis) : throw c.Unfit("adds one dimension twice");
        }

        return axes.Length == 0 ? result.alias() : result;
    }

    private static Tensor Expanded(Call c)
    {
        var (x, wanted) = (c[0], c.Longs(1));
        var rank = Math.Max(x.dim(), wanted.Length);
        var shape = new long[rank];
        for (var k = 1; k <= rank; k++)
        {
            var (has, wants) = (k <= x.dim() ? x.shape[^k] : 1, k <= wanted.Length ? wanted[^k] : 1);
            shape[^k] =
                has == wants || wants == 1 ? has
                : has == 1 ? wants
                : throw c.Unfit($"cannot expand its input to [{string.Join(", ", wanted)}]");
        }

        return x.expand(c.Allow(shape));
    }

    private static Tensor Tiled(Call c)
    {
        var repeats = c.Longs(1);
        if (repeats.Length != c[0].dim() || repeats.Any(count => count is < 0 or > int.MaxValue))
        {
            throw c.Unfit("needs a number of repeats for each dimension");
        }

        c.Allow([.. c[0].shape.Zip(repeats, (size, count) => size * count)]);
        return c[0].repeat(repeats);
    }

    private static Tensor Joined(Call c)
    {
        var first = c[0];
        var axis = c.Axis(c.Int("axis", 0), first.dim());
        var parts = Enumerable.Range(0, c.Count).Select(k => c.On(k, first)).ToList();
        var fit = parts.All(part =>
            part.dim() == first.dim() && !part.shape.Where((size, k) => k != axis && size != first.shape[k]).Any()
        );
        return !fit ? throw c.Unfit($"joins tensors along axis {axis} whose other sizes differ")
            : parts.Count == 1 ? first.alias()
            : cat(parts, axis);
    }

    private static Tensor?[] Split(Call c)
    {
        var x = c[0];
        var axis = c.Axis(c.Int("axis", 0), x.dim());
        var size = x.shape[axis];
        var parts = c.Node.Outputs.Count;
        var each = (size + parts - 1) / parts;
        var lengths =
            c.LongsOf("split", 1)
            ?? [.. Enumerable.Range(0, parts).Select(k => Math.Max(0, Math.Min(each, size - (k * each))))];
        if (lengths.Length != parts || lengths.Any(length => length < 0) || lengths.Sum() != size)
        {
            throw c.Unfit($"splits {size} entries into [{string.Join(", ", lengths)}] for {parts} outputs");
        }

        var start = 0L;
        var result = new Tensor?[parts];
        for (var k = 0; k < parts; start += lengths[k], k++)
        {
            result[k] = x.narrow(axis, start, lengths[k]);
        }

        return result;
    }

    private static Tensor Sliced(Call c)
    {
        var starts = c.LongsOf("starts", 1) ?? throw c.Unfit("is not told where to begin");
        var ends = c.LongsOf("ends", 2) ?? throw c.Unfit("is not told where to end");
        var axes = c.LongsOf("axes", 3) ?? [.. Enumerable.Range(0, starts.Length).Select(k => (long)k)];
        var steps = c.OptionalLongs(4) ?? [.. starts.Select(_ => 1L)];
        if (starts.Length != ends.Length || starts.Length != axes.Length || starts.Length != steps.Length)
        {
            throw c.Unfit("has another number of starts than of ends, axes or steps");
        }

        var result = c[0].alias();
        for (var k = 0; k < starts.Length; k++)
        {
            var axis = c.Axis(axes[k], result.dim());
            result = Sliced(c, result, axis, starts[k], ends[k], steps[k]);
        }

        return result;
    }

    private static Tensor Sliced(Call c, Tensor x, long axis, long start, long end, long step)
    {
        var size = x.shape[axis];
        if (step == 0)
        {
            throw c.Unfit("has a step of zero");
        }

        if (step > 0)
        {
            start = Math.Clamp(start < 0 ? start + size : start, 0, size);
            end = Math.Clamp(end < 0 ? end + size : end, start, size);
            step = Math.Min(step, Math.Max(size, 1));
            return x.slice(axis, start, end, step);
        }

        start = Math.Clamp(start < 0 ? start + size : start, -1, size - 1);
        end = end < -size ? -1 : Math.Clamp(end < 0 ? end + size : end, -1, size - 1);
        var indices = new List<long>();
        for (var at = start; at > end; at += step)
        {
            indices.Add(at);
        }

        return x.index_select(axis, tensor(indices.ToArray(), device: x.device));
    }

    private static Tensor ToSpace(Call c)
    {
        var (x, block) = (Image(c), c.Int("blocksize", 1));
        var (n, depth, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        if (block < 1 || block > 1 << 15 || depth % (block * block) != 0)
        {
            throw c.Unfit($"cannot make blocks of {block} of {depth} channels");
        }

        var rest = depth / (block * block);
        var blocks =
            c.Node.Text("mode", "DCR") == "CRD"
                ? x.reshape(n, rest, block, block, h, w).permute(0, 1, 4, 2, 5, 3)
                : x.reshape(n, block, block, rest, h, w).permute(0, 3, 4, 1, 5, 2);
        return blocks.reshape(n, rest, h * block, w * block);
    }

    private static Tensor ToDepth(Call c)
    {
        var (x, block) = (Image(c), c.Int("blocksize", 1));
        var (n, depth, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        if (block < 1 || h % block != 0 || w % block != 0)
        {
            throw c.Unfit($"cannot make blocks of {block}");
        }

        return x.reshape(n, depth, h / block, block, w / block, block)
            .permute(0, 3, 5, 1, 2, 4)
            .reshape(n, depth * block * block, h / block, w / block);
    }

    private static Tensor Image(Call c) => c[0].dim() == 4 ? c[0] : throw c.Unfit("takes images, (N, C, H, W)");

    private static Tensor Triangle(Call c)
    {
        var diagonal = Math.Clamp(c.OptionalLongs(1)?[0] ?? 0, int.MinValue, int.MaxValue);
        return c[0].dim() < 2 ? throw c.Unfit("takes matrices")
            : c.Int("upper", 1) == 1 ? c[0].triu(diagonal)
            : c[0].tril(diagonal);
    }
}
