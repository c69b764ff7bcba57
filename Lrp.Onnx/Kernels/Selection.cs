using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Onnx.Kernels;

/// <summary>Operators that pick entries by indices, and write at indices.</summary>
internal static class Selection
{
    public static IEnumerable<Operator> Operators { get; } =
    [
        new("Gather", Role.Movement, c => [Gathered(c)], (2, 2), "axis:i"),
        new("Compress", Role.Movement, c => [Compressed(c)], (2, 2), "axis:i"),
        new("GatherElements", Role.Movement, c => [Elements(c)], (2, 2), "axis:i"),
        new("GatherND", Role.Movement, c => [Nd(c)], (2, 2), "batch_dims:i"),
        new("Scatter", Role.Movement, c => [Scattered(c)], (3, 3), "axis:i"),
        new("ScatterElements", Role.Movement, c => [Scattered(c)], (3, 3), "axis:i reduction:s=none|add"),
        new("ScatterND", Role.Movement, c => [ScatteredNd(c)], (3, 3), "reduction:s=none|add"),
    ];

    /// <summary>Indices that count from the end, made to count from the start; all within the size.</summary>
    public static Tensor Positive(Call c, Tensor indices, long size)
    {
        indices = indices.to_type(ScalarType.Int64);
        var positive = indices.add(indices.lt(0).to_type(ScalarType.Int64).mul(size));
        return positive.numel() == 0 || (positive.min().ToInt64() >= 0 && positive.max().ToInt64() < size)
            ? positive
            : throw c.Unfit($"looks up an index that is not in 0 to {size - 1}");
    }

    private static Tensor Gathered(Call c)
    {
        var x = c[0];
        var axis = c.Axis(c.Int("axis", 0), x.dim());
        var indices = Positive(c, c.On(1, x), x.shape[axis]);
        long[] shape = [.. x.shape[..(int)axis], .. indices.shape, .. x.shape[((int)axis + 1)..]];
        return x.index_select(axis, indices.reshape(-1)).reshape(c.Allow(shape));
    }

    /// <summary>The places where a vector of truth values is true, along an axis or of all entries.</summary>
    private static Tensor Compressed(Call c)
    {
        var isFlat = !c.Node.Has("axis");
        var x = isFlat ? c[0].reshape(-1) : c[0];
        var axis = isFlat ? 0 : c.Axis(c.Int("axis", 0), x.dim());
        var places = c.On(1, x).reshape(-1).to_type(ScalarType.Bool).nonzero().reshape(-1);
        return x.index_select(axis, Positive(c, places, x.shape[axis]));
    }

    private static Tensor Elements(Call c)
    {
        var (x, indices) = (c[0], c.On(1, c[0]));
        var axis = c.Axis(c.Int("axis", 0), x.dim());
        return indices.dim() == x.dim() && !indices.shape.Where((size, k) => k != axis && size > x.shape[k]).Any()
            ? x.gather(axis, Positive(c, indices, x.shape[axis]))
            : throw c.Unfit("takes indices of the input's dimensions");
    }

    /// <summary>Where each index tuple points to in a flattened tensor, and the shape of what is there.</summary>
    private static (Tensor Flat, long[] Inner) Places(Call c, Tensor x, Tensor indices, int batch)
    {
        var depth = (int)indices.shape[^1];
        if (batch + depth > x.dim() || depth < 1)
        {
            throw c.Unfit($"has indices of {depth} dimensions");
        }

        var flat = zeros(indices.shape[..^1], ScalarType.Int64, x.device);
        for (var k = 0; k < batch; k++)
        {
            var shape = Enumerable.Repeat(1L, flat.shape.Length).ToArray();
            shape[k] = x.shape[k];
            flat = flat.mul(x.shape[k]).add(arange(x.shape[k], device: x.device).reshape(shape));
        }

        for (var k = 0; k < depth; k++)
        {
            var size = x.shape[batch + k];
            flat = flat.mul(size).add(Positive(c, indices.select(-1, k), size));
        }

        return (flat, x.shape[(batch + depth)..]);
    }

    private static Tensor Nd(Call c)
    {
        var (x, indices) = (c[0], c.On(1, c[0]));
        var batch = (int)c.Int("batch_dims", 0);
        var (flat, rest) = Places(c, x, indices, batch);
        var rows = x.reshape([-1, .. rest]);
        return rows.index_select(0, flat.reshape(-1)).reshape([.. flat.shape, .. rest]);
    }

    private static Tensor Scattered(Call c)
    {
        var x = c[0];
        var axis = c.Axis(c.Int("axis", 0), x.dim());
        var indices = Positive(c, c.On(1, x), x.shape[axis]);
        var updates = c.On(2, x);
        return !indices.shape.SequenceEqual(updates.shape)
                ? throw c.Unfit("has another shape of indices than of updates")
            : c.Node.Text("reduction", "none") == "add" ? x.scatter_add(axis, indices, updates)
            : x.scatter(axis, indices, updates);
    }

    private static Tensor ScatteredNd(Call c)
    {
        var (x, indices) = (c[0], c.On(1, c[0]));
        var (flat, rest) = Places(c, x, indices, 0);
        var rows = x.reshape([-1, .. rest]);
        var updates = c.On(2, x).reshape([-1, .. rest]);
        var places = flat.reshape(-1);
        var written =
            c.Node.Text("reduction", "none") == "add"
                ? rows.index_add(0, places, updates, 1)
                : rows.index_copy(0, places, updates);
        return written.reshape(x.shape);
    }
}
