using CsCheck;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Rules;

/// <summary>A linear layer or a convolution, and the rule it has.</summary>
/// <remarks>Kernel, stride, padding and dilation have one number a dimension.</remarks>
public sealed record LinearLayer(
    string Rule,
    bool Transposed,
    long Channels,
    long[] Kernel,
    long[] Stride,
    long[] Padding,
    long[] Dilation,
    long Groups,
    bool Bias
)
{
    /// <summary>Layers for three dimensions, to be fitted to fewer; without biases if so asked.</summary>
    public static Gen<LinearLayer> Random(IReadOnlyList<string> rules, bool biases) =>
        Gen.Select(
            Gen.Int[0, rules.Count - 1],
            Gen.Select(Gen.Bool, Gen.Bool),
            Gen.Long[1, 4],
            Gen.Long[1, 3].Array[3],
            Gen.Long[1, 3].Array[3],
            Gen.Long[0, 2].Array[3],
            Gen.Long[1, 2].Array[3],
            Gen.Long[1, 2],
            (rule, kind, channels, kernel, stride, padding, dilation, groups) =>
                new LinearLayer(
                    rules[rule],
                    kind.Item1,
                    channels * groups,
                    kernel,
                    stride,
                    padding,
                    dilation,
                    groups,
                    biases && kind.Item2
                )
        );

    /// <summary>This layer with as many dimensions as an input, and no larger than the input allows.</summary>
    public LinearLayer FittedTo(long[] shape)
    {
        var dimensions = shape.Length - 2;
        var asDrawn = this with
        {
            Transposed = Transposed && dimensions > 0,
            Kernel = Kernel[..dimensions],
            Stride = Stride[..dimensions],
            Padding = Padding[..dimensions],
            Dilation = Dilation[..dimensions],
            Groups = dimensions > 0 && shape[1] % Groups == 0 ? Groups : 1,
        };
        var straight = asDrawn with { Transposed = false };
        var pointwise = straight with
        {
            Kernel = [.. asDrawn.Kernel.Select(_ => 1L)],
            Padding = [.. asDrawn.Padding.Select(_ => 0L)],
        };
        return new[] { asDrawn, straight, pointwise }.First(layer => layer == pointwise || layer.IsPossibleFor(shape));
    }

    /// <summary>The shape that the layer makes of an input's.</summary>
    public long[] After(long[] shape) =>
        [
            shape[0],
            Channels,
            .. shape[2..]
                .Select(
                    (size, k) =>
                    {
                        var reach = Dilation[k] * (Kernel[k] - 1);
                        return Transposed ? (size - 1) * Stride[k] - 2 * Padding[k] + reach + 1
                            : size + 2 * Padding[k] < reach + 1 ? 0
                            : (size + 2 * Padding[k] - reach - 1) / Stride[k] + 1;
                    }
                ),
        ];

    /// <summary>The layer for an input of a shape, in float64, with weights from a seed.</summary>
    public nn.Module<Tensor, Tensor> Create(long[] shape, int seed)
    {
        manual_seed(seed);
        var from = shape[1];
        var (k, s, p, d) = (Kernel, Stride, Padding, Dilation);
        nn.Module<Tensor, Tensor> layer = (Kernel.Length, Transposed) switch
        {
            (0, _) => nn.Linear(from, Channels, Bias),
            (1, false) => nn.Conv1d(from, Channels, k[0], s[0], p[0], d[0], groups: Groups, bias: Bias),
            (2, false) => nn.Conv2d(from, Channels, Two(k), Two(s), Two(p), Two(d), groups: Groups, bias: Bias),
            (_, false) => nn.Conv3d(from, Channels, Three(k), Three(s), Three(p), Three(d), groups: Groups, bias: Bias),
            (1, true) => nn.ConvTranspose1d(
                from,
                Channels,
                k[0],
                s[0],
                p[0],
                dilation: d[0],
                groups: Groups,
                bias: Bias
            ),
            (2, true) => nn.ConvTranspose2d(
                from,
                Channels,
                Two(k),
                Two(s),
                Two(p),
                dilation: Two(d),
                groups: Groups,
                bias: Bias
            ),
            (_, true) => nn.ConvTranspose3d(
                from,
                Channels,
                Three(k),
                Three(s),
                Three(p),
                dilation: Three(d),
                groups: Groups,
                bias: Bias
            ),
        };
        return layer.to(ScalarType.Float64);
    }

    private bool IsPossibleFor(long[] shape)
    {
        const long MostElements = 5000;
        var after = After(shape);
        return after.Min() > 0 && after.Aggregate(1L, (product, size) => product * size) <= MostElements;
    }

    private static (long, long) Two(long[] numbers) => (numbers[0], numbers[1]);

    private static (long, long, long) Three(long[] numbers) => (numbers[0], numbers[1], numbers[2]);
}
