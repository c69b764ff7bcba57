using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Core.Linear;

/// <summary>A convolution of one, two or three dimensions.</summary>
internal class ConvolutionMap : LinearMap
{
    private readonly DerivedWeights _biases;

    public ConvolutionMap(Convolution layer)
    {
        Layer = layer;
        Weights = new DerivedWeights(() => layer.weight);
        _biases = new DerivedWeights(() => layer.bias!);
        Dimensions = layer.kernel_size.Length;
        Padding = SymmetricPadding(layer);
    }

    public override bool HasWeights => true;

    public override bool HasBias => Layer.bias is not null;

    public override bool HasFastGraph => true;

    protected override int SampleDimensions => Dimensions + 1;

    protected Convolution Layer { get; }

    protected DerivedWeights Weights { get; }

    /// <summary>Spatial dimensions.</summary>
    protected int Dimensions { get; }

    /// <summary>Zeros added at both ends of each dimension; null when the padding is something else.</summary>
    protected long[]? Padding { get; }

    public override Tensor Forward(Tensor input, WeightPart weight, WeightPart bias) =>
        Convolve(input, Weights.Get(weight), BiasOrNull(bias));

    public override Tensor InputGradient(Tensor vector, WeightPart weight, long[] inputShape)
    {
        if (Padding is not { } padding)
        {
            return GradientThrough(input => Convolve(input, Weights.Get(weight), null), vector, inputShape);
        }

        if (weight == WeightPart.Ones && Layer.groups == 1)
        {
            // Every input channel gets the same: one channel is computed and expanded.
            var channel = inputShape.Length - Dimensions - 1;
            using var sum = vector.sum(channel, keepdim: true);
            var kernel = Weights.Get(
                "one channel of ones",
                () => ones([1, 1, .. Layer.kernel_size], Layer.weight.dtype, Layer.weight.device)
            );
            return Transpose(sum, kernel, padding, inputShape, 1).expand(inputShape);
        }

        if (Mirrored(padding) is { } mirroredPadding)
        {
            var kernel = Weights.Get(("mirrored", weight), () => Mirror(Weights.Get(weight)));
            return Convolutions.Convolve(vector, kernel, null, Steps(1), mirroredPadding, Layer.dilation, Layer.groups);
        }

        return Transpose(vector, Weights.Get(weight), padding, inputShape, Layer.groups);
    }

    public override Tensor Bias(WeightPart part) =>
        _biases.Get(("bias", part), () => part.Of(Layer.bias!).reshape([-1, .. Steps(1)]).clone());

    public override void Dispose()
    {
        base.Dispose();
        Weights.Dispose();
        _biases.Dispose();
    }

    protected override void Refresh()
    {
        if (Weights.Refresh() | (HasBias && _biases.Refresh()))
        {
            ForgetConstants();
        }
    }

    protected Tensor? BiasOrNull(WeightPart bias) => bias == WeightPart.None ? null : _biases.Get(bias);

    /// <summary>The same number for each spatial dimension.</summary>
    protected long[] Steps(long value) => [.. Enumerable.Repeat(value, Dimensions)];

    private Tensor Convolve(Tensor input, Tensor weight, Tensor? bias)
    {
        if (Padding is { } padding)
        {
            return Convolutions.Convolve(input, weight, bias, Layer.stride, padding, Layer.dilation, Layer.groups);
        }

        using var padded = Pad(input);
        return Convolutions.Convolve(padded, weight, bias, Layer.stride, Steps(0), Layer.dilation, Layer.groups);
    }

    private Tensor Pad(Tensor input)
    {
        // nn.functional.pad counts from the last dimension and takes both ends of each.
        var ends = new List<long>();
        for (var i = Dimensions - 1; i >= 0; i--)
        {
            // Padded to the same size in another mode than with zeros, TorchSharp's layers begin with the first
            // dimension.
            var swapped = Layer.padding is null && Layer.padding_mode != PaddingModes.Zeros;
            var (before, after) = Ends(Layer, swapped ? Dimensions - 1 - i : i);
            ends.Add(before);
            ends.Add(after);
        }

        var mode = Layer.padding_mode == PaddingModes.Zeros ? PaddingModes.Constant : Layer.padding_mode;
        return nn.functional.pad(input, ends.ToArray(), mode);
    }

    private static (long Before, long After) Ends(Convolution layer, int dimension)
    {
        if (layer.padding is { } padding)
        {
            return (padding[dimension], padding[dimension]);
        }

        if (layer.padding_type != TorchSharp.Padding.Same)
        {
            return (0, 0);
        }

        var total = layer.dilation[dimension] * (layer.kernel_size[dimension] - 1);
        return (total / 2, total - (total / 2));
    }

    private static long[]? SymmetricPadding(Convolution layer)
    {
        if (layer.padding_mode != PaddingModes.Zeros)
        {
            return null;
        }

        var ends = Enumerable.Range(0, layer.kernel_size.Length).Select(i => Ends(layer, i)).ToArray();
        return ends.All(end => end.Before == end.After) ? [.. ends.Select(end => end.Before)] : null;
    }

    /// <summary>
    /// The padding with which a convolution by the mirrored kernel is the gradient; null when it is not.
    /// </summary>
    private long[]? Mirrored(long[] padding)
    {
        var result = new long[Dimensions];
        for (var i = 0; i < Dimensions; i++)
        {
            result[i] = (Layer.dilation[i] * (Layer.kernel_size[i] - 1)) - padding[i];
            if (Layer.stride[i] != 1 || result[i] < 0)
            {
                return null;
            }
        }

        return result;
    }

    /// <summary>Exchanges input and output channels within each group and reverses the kernel.</summary>
    private Tensor Mirror(Tensor weight)
    {
        var shape = weight.shape;
        var groups = Layer.groups;
        var spatial = shape[2..];
        return weight
            .reshape([groups, shape[0] / groups, shape[1], .. spatial])
            .transpose(1, 2)
            .reshape([groups * shape[1], shape[0] / groups, .. spatial])
            .flip([.. Enumerable.Range(2, Dimensions).Select(i => (long)i)])
            .contiguous();
    }

    private Tensor Transpose(Tensor vector, Tensor weight, long[] padding, long[] inputShape, long groups)
    {
        // The inputs that a stride stepped over at the far end.
        var rest = new long[Dimensions];
        for (var i = 0; i < Dimensions; i++)
        {
            var reach =
                inputShape[^(Dimensions - i)] + (2 * padding[i]) - (Layer.dilation[i] * (Layer.kernel_size[i] - 1)) - 1;
            rest[i] = reach % Layer.stride[i];
        }

        return Convolutions.ConvolveTransposed(
            vector,
            weight,
            null,
            Layer.stride,
            padding,
            rest,
            Layer.dilation,
            groups
        );
    }
}
