using Lrp.Onnx.Graphs;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Lrp.Onnx.Kernels;

/// <summary>Convolutions and pools.</summary>
internal static class Windowing
{
    private const string Attributes = "auto_pad:s dilations:is kernel_shape:is pads:is strides:is ";

    public static IEnumerable<Operator> Operators { get; } =
    [
        new("Conv", Role.Linear, c => [Convolved(c)], (2, 3), Attributes + "group:i"),
        new(
            "ConvTranspose",
            Role.Linear,
            c => [Transposed(c)],
            (2, 3),
            Attributes + "group:i output_padding:is output_shape:is"
        ),
        new("AveragePool", Role.Average, c => [Average(c)], (1, 1), Attributes + "ceil_mode:i count_include_pad:i"),
        new("GlobalAveragePool", Role.Average, c => [Spatial(c).mean(Axes(c), true)], (1, 1)),
        new("LpPool", Role.Average, c => [Powers(c)], (1, 1), Attributes + "ceil_mode:i p:i"),
        new("GlobalLpPool", Role.Average, c => [GlobalPowers(c)], (1, 1), "p:i"),
        new("MaxPool", Role.Movement, Largest, (1, 1), Attributes + "ceil_mode:i storage_order:i", outputs: 1),
        new("GlobalMaxPool", Role.Movement, c => [Spatial(c).amax(Axes(c), true)], (1, 1)),
    ];

    /// <summary>A convolution without padding, of one to three dimensions.</summary>
    public static Tensor Convolve(
        Tensor x,
        Tensor weight,
        Tensor? bias,
        long[] strides,
        long[] dilations,
        long groups
    ) =>
        strides.Length switch
        {
            1 => conv1d(x, weight, bias, strides[0], 0, dilations[0], groups),
            2 => conv2d(x, weight, bias, strides, [0, 0], dilations, groups),
            _ => conv3d(x, weight, bias, strides, [0, 0, 0], dilations, groups),
        };

    /// <summary>A transposed convolution without padding, of one to three dimensions.</summary>
    public static Tensor ConvolveTransposed(Tensor x, Tensor weight, long[] strides, long[] dilations, long groups) =>
        strides.Length switch
        {
            1 => conv_transpose1d(x, weight, null, strides[0], 0, 0, dilations[0], groups),
            2 => conv_transpose2d(x, weight, null, strides, [0, 0], [0, 0], dilations, groups),
            _ => conv_transpose3d(x, weight, null, strides, [0, 0, 0], [0, 0, 0], dilations, groups),
        };

    private static Tensor Convolved(Call c)
    {
        var (x, weight) = (c[0], c[1]);
        if (weight.dim() < 3 || x.dim() != weight.dim() || x.shape[1] != weight.shape[1] * c.Int("group", 1))
        {
            throw c.Unfit("is a convolution whose weights do not fit its input");
        }

        var window = new Window(c.Node, weight.shape[2..]);
        window.ThrowIfUnfit(c, x);
        return Convolve(
            window.Padded(x, 0),
            weight,
            c.Optional(2),
            window.Strides,
            window.Dilations,
            c.Int("group", 1)
        );
    }

    private static Tensor Transposed(Call c)
    {
        var (x, weight) = (c[0], c[1]);
        if (weight.dim() < 3 || x.dim() != weight.dim() || x.shape[1] != weight.shape[0])
        {
            throw c.Unfit("is a convolution whose weights do not fit its input");
        }

        var cut = new TransposedCut(c.Node, weight.shape[2..]);
        var raw = ConvolveTransposed(x, weight, cut.Window.Strides, cut.Window.Dilations, c.Int("group", 1));
        var y = cut.Apply(raw, x.shape[2..]);
        return c.Optional(2) is { } bias ? y.add(bias.reshape([-1, .. weight.shape[2..].Select(_ => 1L)])) : y;
    }

    private static Tensor Spatial(Call c) => c[0].dim() > 2 ? c[0] : throw c.Unfit("takes (N, C, …)");

    private static long[] Axes(Call c) => [.. Enumerable.Range(2, (int)c[0].dim() - 2).Select(k => (long)k)];

    private static Window WindowOf(Call c)
    {
        var window = new Window(
            c.Node,
            c.Node.Ints("kernel_shape") ?? throw c.Unfit("lacks the attribute 'kernel_shape'")
        );
        window.ThrowIfUnfit(c, c[0]);
        return window;
    }

    private static Tensor?[] Largest(Call c)
    {
        var window = WindowOf(c);
        var x = window.Padded(c[0], double.NegativeInfinity, c.Int("ceil_mode", 0) == 1);
        var (kernel, strides, dilations) = (window.Kernel, window.Strides, window.Dilations);
        return
        [
            window.Dimensions switch
            {
                1 => max_pool1d(x, kernel[0], strides[0], 0, dilations[0]),
                2 => max_pool2d(x, kernel, strides, [0, 0], dilations),
                _ => max_pool3d(x, kernel, strides, [0, 0, 0], dilations),
            },
        ];
    }

    private static Tensor Average(Call c)
    {
        var window = WindowOf(c);
        var x = c[0];
        var ceil = c.Int("ceil_mode", 0) == 1;
        var sums = Sums(window, window.Padded(x, 0, ceil));
        // The padding itself counts where the node says so, but what a last window has beyond it never does.
        var ones = TorchSharp.torch.ones([1, 1, .. x.shape[2..]], x.dtype, x.device);
        var isCounted = c.Int("count_include_pad", 0) == 1;
        var counted = isCounted ? window.Padded(ones, 1) : window.Padded(ones, 0, ceil);
        if (isCounted && ceil)
        {
            var shape = window.Padded(ones, 0, ceil: true).shape;
            var ends = new List<long>();
            for (var k = shape.Length - 1; k >= 2; k--)
            {
                ends.AddRange([0, shape[k] - counted.shape[k]]);
            }

            counted = pad(counted, ends.ToArray());
        }

        return sums.div(Sums(window, counted));
    }

    private static Tensor Sums(Window window, Tensor padded)
    {
        var (n, channels) = (padded.shape[0], padded.shape[1]);
        var weight = TorchSharp.torch.ones([1, 1, .. window.Kernel], padded.dtype, padded.device);
        var flat = padded.reshape([n * channels, 1, .. padded.shape[2..]]);
        var sums = Convolve(flat, weight, null, window.Strides, window.Dilations, 1);
        return sums.reshape([n, channels, .. sums.shape[2..]]);
    }

    private static Tensor GlobalPowers(Call c)
    {
        var p = c.Int("p", 2);
        return Spatial(c).abs().pow(p).sum(Axes(c), true).pow(1.0 / p);
    }

    private static Tensor Powers(Call c)
    {
        var window = WindowOf(c);
        var p = c.Int("p", 2);
        return Sums(window, window.Padded(c[0], 0, c.Int("ceil_mode", 0) == 1).abs().pow(p)).pow(1.0 / p);
    }
}

/// <summary>What a transposed convolution cuts off its full result, and adds to it.</summary>
internal sealed class TransposedCut(Node node, long[] kernel)
{
    public Window Window { get; } = new(node, kernel);

    /// <summary>The padding at both ends of each dimension where one number says it; null otherwise.</summary>
    public long[]? Even => node.Has("output_shape") || Added.Distinct().Count() > 1 ? null : Window.Even;

    /// <summary>Entries added at the end of each dimension.</summary>
    public long[] Added => node.Ints("output_padding") is { Length: > 0 } added ? added : [.. kernel.Select(_ => 0L)];

    /// <summary>Cuts the full result to the node's output.</summary>
    /// <param name="full">The result without padding.</param>
    /// <param name="sizes">The input's spatial sizes.</param>
    public Tensor Apply(Tensor full, long[] sizes)
    {
        var first = full.dim() - kernel.Length;
        var wanted = node.Ints("output_shape");
        var ends = new List<long>();
        for (var k = kernel.Length - 1; k >= 0; k--)
        {
            var length = full.shape[first + k] + Added[k];
            var size = wanted?[^(kernel.Length - k)];
            var (before, after) =
                size > length ? (0, length - size.Value)
                : size is not null ? Shared(length - size.Value)
                : node.Text("auto_pad", "NOTSET") is "SAME_UPPER" or "SAME_LOWER"
                    ? Shared(length - (sizes[k] * Window.Strides[k]))
                : Window.Ends(k, sizes[k]);
            ends.Add(-before);
            ends.Add(Added[k] - after);
        }

        return ends.TrueForAll(end => end == 0) ? full.alias() : pad(full, ends.ToArray());
    }

    private (long, long) Shared(long total)
    {
        total = Math.Max(0, total);
        var less = total / 2;
        return node.Text("auto_pad", "NOTSET") == "SAME_UPPER" ? (less, total - less) : (total - less, less);
    }
}
