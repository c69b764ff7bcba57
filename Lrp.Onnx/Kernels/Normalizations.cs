using static TorchSharp.torch;

namespace Lrp.Onnx.Kernels;

/// <summary>Norms, each with its divisor as a constant where rules need that.</summary>
internal static class Normalizations
{
    public static IEnumerable<Operator> Operators { get; } =
    [
        new(
            "BatchNormalization",
            Role.BatchNorm,
            c => [Batch(c)],
            (5, 5),
            "epsilon:f momentum:f spatial:i training_mode:i",
            outputs: 1
        ),
        new("LayerNormalization", Role.Norm, Layer, (2, 3), "axis:i epsilon:f stash_type:i"),
        new("RMSNormalization", Role.Norm, c => [Rms(c)], (2, 2), "axis:i epsilon:f stash_type:i"),
        new("SimplifiedLayerNormalization", Role.Norm, c => [Rms(c)], (2, 2), "axis:i epsilon:f stash_type:i"),
        new("InstanceNormalization", Role.Norm, c => [Instance(c)], (3, 3), "epsilon:f"),
        new("GroupNormalization", Role.Norm, c => [Group(c)], (3, 3), "epsilon:f num_groups!:i stash_type:i"),
        new("LpNormalization", Role.Norm, c => [Lp(c)], (1, 1), "axis:i p:i"),
        new("MeanVarianceNormalization", Role.Norm, c => [MeanVariance(c)], (1, 1), "axes:is"),
        new("LRN", Role.Scale, c => [Local(c)], (1, 1), "alpha:f beta:f bias:f size!:i"),
        new("Softmax", Role.Softmax, c => [Flat(c, (x, axis) => x.softmax(axis))], (1, 1), "axis:i"),
        new("LogSoftmax", Role.Softmax, c => [Flat(c, (x, axis) => x.log_softmax(axis))], (1, 1), "axis:i"),
    ];

    /// <summary>(x − mean) / √(variance + ε) over some dimensions.</summary>
    public static (Tensor Value, Tensor Mean, Tensor Inverse) Standardized(
        Call c,
        Tensor x,
        long[] axes,
        double epsilon
    )
    {
        var mean = x.mean(axes, true);
        var centred = x.sub(mean);
        var inverse = centred.square().mean(axes, true).add(epsilon).rsqrt();
        return (centred.mul(c.Constant(inverse)), mean, inverse);
    }

    private static Tensor Batch(Call c)
    {
        var x = c[0];
        long[] shape = [-1, .. Enumerable.Repeat(1L, Math.Max(0, (int)x.dim() - 2))];
        if (x.dim() < 2 || Enumerable.Range(1, 4).Any(k => c[k].numel() != x.shape[1]))
        {
            throw c.Unfit("takes one number for each channel");
        }

        var deviation = c[4].add(c.Float("epsilon", 1e-5)).sqrt();
        return x.sub(c[3].reshape(shape))
            .div(deviation.reshape(shape))
            .mul(c[1].reshape(shape))
            .add(c[2].reshape(shape));
    }

    private static long[] LastAxes(Call c)
    {
        var first = c.Axis(c.Int("axis", -1), c[0].dim());
        return [.. Enumerable.Range((int)first, (int)(c[0].dim() - first)).Select(k => (long)k)];
    }

    private static Tensor?[] Layer(Call c)
    {
        var (value, mean, inverse) = Standardized(c, c[0], LastAxes(c), c.Float("epsilon", 1e-5));
        Arithmetic.ThrowIfUnfit(c, value, c[1]);
        value = value.mul(c[1]);
        return [c.Optional(2) is { } bias ? value.add(bias) : value, mean, inverse];
    }

    private static Tensor Rms(Call c)
    {
        Arithmetic.ThrowIfUnfit(c, c[0], c[1]);
        var inverse = c[0].square().mean(LastAxes(c), true).add(c.Float("epsilon", 1e-5)).rsqrt();
        return c[0].mul(c.Constant(inverse)).mul(c[1]);
    }

    private static Tensor Instance(Call c)
    {
        var x = c[0];
        if (x.dim() < 3 || c[1].numel() != x.shape[1] || c[2].numel() != x.shape[1])
        {
            throw c.Unfit("takes (N, C, …) and one number for each channel");
        }

        long[] shape = [-1, .. Enumerable.Repeat(1L, (int)x.dim() - 2)];
        long[] axes = [.. Enumerable.Range(2, (int)x.dim() - 2).Select(k => (long)k)];
        var (value, _, _) = Standardized(c, x, axes, c.Float("epsilon", 1e-5));
        return value.mul(c[1].reshape(shape)).add(c[2].reshape(shape));
    }

    private static Tensor Group(Call c)
    {
        var x = c[0];
        var groups = c.Int("num_groups", 1);
        if (x.dim() < 2 || groups < 1 || x.shape[1] % groups != 0)
        {
            throw c.Unfit($"cannot make {groups} groups of its channels");
        }

        var (value, _, _) = Standardized(c, x.reshape(x.shape[0], groups, -1), [2], c.Float("epsilon", 1e-5));
        value = value.reshape(x.shape);
        long[] shape = [-1, .. Enumerable.Repeat(1L, (int)x.dim() - 2)];
        return value.mul(PerChannel(1)).add(PerChannel(2));

        Tensor PerChannel(int position)
        {
            var given = c[position];
            var each =
                given.numel() == x.shape[1] ? given
                : given.numel() == groups ? given.repeat_interleave(x.shape[1] / groups)
                : throw c.Unfit("takes one number for each channel or each group");
            return each.reshape(shape);
        }
    }

    private static Tensor Lp(Call c)
    {
        var axis = c.Axis(c.Int("axis", -1), c[0].dim());
        var norm = c.Int("p", 2) == 1 ? c[0].abs().sum(axis, true) : c[0].square().sum(axis, true).sqrt();
        return c[0].div(c.Constant(norm));
    }

    private static Tensor MeanVariance(Call c)
    {
        long[] axes = [.. (c.Node.Ints("axes") ?? [0, 2, 3]).Select(axis => c.Axis(axis, c[0].dim()))];
        return Standardized(c, c[0], axes, 1e-9).Value;
    }

    private static Tensor Local(Call c)
    {
        var x = c[0];
        var size = c.Int("size", 1);
        if (x.dim() < 3 || size < 1 || size > x.shape[1] * 2)
        {
            throw c.Unfit($"takes (N, C, …) and a window of {size} channels");
        }

        var before = (size - 1) / 2;
        var flat = x.square().reshape(x.shape[0], 1, x.shape[1], -1);
        var padded = nn.functional.pad(flat, [0L, 0L, before, size - 1 - before]);
        var sums = nn.functional.avg_pool2d(padded, [size, 1], [1, 1]).mul(size).reshape(x.shape);
        var scale = sums.mul(c.Float("alpha", 1e-4) / size).add(c.Float("bias", 1)).pow(c.Float("beta", 0.75));
        return x.div(scale);
    }

    /// <summary>Before opset 13 all dimensions from an axis on count as one.</summary>
    private static Tensor Flat(Call c, Func<Tensor, long, Tensor> run)
    {
        var x = c[0];
        if (c.Opset >= 13)
        {
            return run(x, x.dim() == 0 ? 0 : c.Axis(c.Int("axis", -1), x.dim()));
        }

        var axis = (int)c.Axis(c.Int("axis", 1), x.dim());
        return axis == x.dim() - 1 ? run(x, axis) : run(x.flatten(axis), axis).reshape(x.shape);
    }
}
