using static TorchSharp.torch;

namespace Lrp.Onnx.Kernels;

/// <summary>Operators that reduce dimensions.</summary>
internal static class Reductions
{
    private const string Attributes = "axes:is keepdims:i noop_with_empty_axes:i";

    public static IEnumerable<Operator> Operators { get; } =
    [
        Row("ReduceMean", Role.Average, (x, axes, keep) => x.mean(axes, keep)),
        Row("ReduceSum", Role.Average, (x, axes, keep) => x.sum(axes, keep)),
        Row("ReduceL1", Role.Average, (x, axes, keep) => x.abs().sum(axes, keep)),
        Row("ReduceL2", Role.Average, (x, axes, keep) => x.square().sum(axes, keep).sqrt()),
        Row("ReduceSumSquare", Role.Average, (x, axes, keep) => x.square().sum(axes, keep)),
        Row("ReduceLogSum", Role.Average, (x, axes, keep) => x.sum(axes, keep).log()),
        Row("ReduceLogSumExp", Role.Average, (x, axes, keep) => LogSumExp(x, axes, keep)),
        Row("ReduceMax", Role.Movement, (x, axes, keep) => x.amax(axes, keep)),
        Row("ReduceMin", Role.Movement, (x, axes, keep) => x.amin(axes, keep)),
        Row("ReduceProd", Role.Average, Product),
        new("CumSum", Role.Average, c => [Cumulated(c)], (2, 2), "exclusive:i reverse:i"),
        new("ArgMax", Role.Numbers, c => [Position(c, largest: true)], (1, 1), "axis:i keepdims:i select_last_index:i"),
        new(
            "ArgMin",
            Role.Numbers,
            c => [Position(c, largest: false)],
            (1, 1),
            "axis:i keepdims:i select_last_index:i"
        ),
        new("TopK", Role.Movement, Top, (1, 2), "axis:i largest:i sorted:i k:i"),
    ];

    private static Operator Row(string name, Role role, Func<Tensor, long[], bool, Tensor> run) =>
        new(
            name,
            role,
            c =>
            {
                var x = c[0];
                var axes = c.LongsOf("axes", 1);
                if (axes is null or { Length: 0 })
                {
                    var isEach = c.Int("noop_with_empty_axes", 0) == 1;
                    axes = isEach ? [] : [.. Enumerable.Range(0, (int)x.dim()).Select(k => (long)k)];
                }

                axes = [.. axes.Select(axis => c.Axis(axis, x.dim())).Distinct()];
                // Without axes each entry is reduced by itself, to |x| or x² for instance.
                return
                [
                    axes.Length == 0 ? run(x.unsqueeze(-1), [x.dim()], false) : run(x, axes, c.Int("keepdims", 1) == 1),
                ];
            },
            (1, 2),
            Attributes
        );

    private static Tensor Product(Tensor x, long[] axes, bool keep)
    {
        var result = x;
        foreach (var axis in axes.OrderDescending())
        {
            result = result.prod(axis, keep);
        }

        return result;
    }

    private static Tensor LogSumExp(Tensor x, long[] axes, bool keep)
    {
        var largest = x.amax(axes, true).detach();
        var sum = x.sub(largest).exp().sum(axes, true).log().add(largest);
        return keep ? sum : sum.reshape([.. x.shape.Where((_, k) => !axes.Contains(k))]);
    }

    private static Tensor Cumulated(Call c)
    {
        var axis = c.Axis(c.Longs(1)[0], c[0].dim());
        var x = c.Int("reverse", 0) == 1 ? c[0].flip(axis) : c[0];
        var sum = x.cumsum(axis);
        if (c.Int("exclusive", 0) == 1)
        {
            sum = sum.sub(x);
        }

        return c.Int("reverse", 0) == 1 ? sum.flip(axis) : sum;
    }

    private static Tensor Position(Call c, bool largest)
    {
        var x = c[0];
        var axis = c.Axis(c.Int("axis", 0), x.dim());
        var keep = c.Int("keepdims", 1) == 1;
        var last = c.Int("select_last_index", 0) == 1;
        var seen = last ? x.flip(axis) : x;
        var position = largest ? seen.argmax(axis, keep) : seen.argmin(axis, keep);
        return last ? position.neg().add(x.shape[axis] - 1) : position;
    }

    private static Tensor?[] Top(Call c)
    {
        var axis = c.Axis(c.Int("axis", -1), c[0].dim());
        var count = c.Node.Has("k") ? c.Int("k", 1) : c.Longs(1)[0];
        if (count < 0 || count > c[0].shape[axis])
        {
            throw c.Unfit($"cannot choose {count} of {c[0].shape[axis]} entries");
        }

        var (values, indices) = c[0].topk((int)count, (int)axis, c.Int("largest", 1) == 1, c.Int("sorted", 1) == 1);
        return [values, indices];
    }
}
