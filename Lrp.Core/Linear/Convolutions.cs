using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Lrp.Core.Linear;

/// <summary>Convolutions of one, two or three dimensions, by the length of the stride.</summary>
internal static class Convolutions
{
    public static Tensor Convolve(
        Tensor input,
        Tensor weight,
        Tensor? bias,
        long[] stride,
        long[] padding,
        long[] dilation,
        long groups
    ) =>
        stride.Length switch
        {
            1 => conv1d(input, weight, bias, stride[0], padding[0], dilation[0], groups),
            2 => conv2d(input, weight, bias, stride, padding, dilation, groups),
            3 => conv3d(input, weight, bias, stride, padding, dilation, groups),
            _ => throw new NotSupportedException($"Convolutions have 1 to 3 dimensions, not {stride.Length}."),
        };

    public static Tensor ConvolveTransposed(
        Tensor input,
        Tensor weight,
        Tensor? bias,
        long[] stride,
        long[] padding,
        long[] outputPadding,
        long[] dilation,
        long groups
    ) =>
        stride.Length switch
        {
            1 => conv_transpose1d(input, weight, bias, stride[0], padding[0], outputPadding[0], dilation[0], groups),
            2 => conv_transpose2d(input, weight, bias, stride, padding, outputPadding, dilation, groups),
            3 => conv_transpose3d(input, weight, bias, stride, padding, outputPadding, dilation, groups),
            _ => throw new NotSupportedException($"Convolutions have 1 to 3 dimensions, not {stride.Length}."),
        };
}
