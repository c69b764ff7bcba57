using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>Transposed convolution of (N, C, L); the batch dimension may be missing.</summary>
public sealed class ConvTranspose1d : ConvolutionTranspose
{
    internal ConvTranspose1d(
        long in_channels, long out_channels, long[] kernel_size, long[] stride, long[] padding, long[] output_padding,
        long[] dilation, PaddingModes padding_mode, long groups, bool bias, Device? device, ScalarType? dtype)
        : base(
            nameof(ConvTranspose1d), in_channels, out_channels, kernel_size, stride, padding, null, dilation, true,
            output_padding, groups, bias, padding_mode, device, dtype)
    {
    }

    public override Tensor forward(Tensor input, long[]? output_size)
    {
        RequireShape(input, 1);
        long[] extra = _output_padding(input, output_size, kernel_size, stride, padding!, dilation, 1);
        return functional.conv_transpose1d(input, weight, bias, stride[0], padding![0], extra[0], dilation[0], groups);
    }
}

/// <summary>Transposed convolution of (N, C, H, W); the batch dimension may be missing.</summary>
public sealed class ConvTranspose2d : ConvolutionTranspose
{
    internal ConvTranspose2d(
        long in_channels, long out_channels, long[] kernel_size, long[] stride, long[] padding, long[] output_padding,
        long[] dilation, PaddingModes padding_mode, long groups, bool bias, Device? device, ScalarType? dtype)
        : base(
            nameof(ConvTranspose2d), in_channels, out_channels, kernel_size, stride, padding, null, dilation, true,
            output_padding, groups, bias, padding_mode, device, dtype)
    {
    }

    public override Tensor forward(Tensor input, long[]? output_size)
    {
        RequireShape(input, 2);
        long[] extra = _output_padding(input, output_size, kernel_size, stride, padding!, dilation, 2);
        return functional.conv_transpose2d(input, weight, bias, stride, padding, extra, dilation, groups);
    }
}

/// <summary>Transposed convolution of (N, C, D, H, W); the batch dimension may be missing.</summary>
public sealed class ConvTranspose3d : ConvolutionTranspose
{
    internal ConvTranspose3d(
        long in_channels, long out_channels, long[] kernel_size, long[] stride, long[] padding, long[] output_padding,
        long[] dilation, PaddingModes padding_mode, long groups, bool bias, Device? device, ScalarType? dtype)
        : base(
            nameof(ConvTranspose3d), in_channels, out_channels, kernel_size, stride, padding, null, dilation, true,
            output_padding, groups, bias, padding_mode, device, dtype)
    {
    }

    public override Tensor forward(Tensor input, long[]? output_size)
    {
        RequireShape(input, 3);
        long[] extra = _output_padding(input, output_size, kernel_size, stride, padding!, dilation, 3);
        return functional.conv_transpose3d(input, weight, bias, stride, padding, extra, dilation, groups);
    }
}
