using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>What transposed convolutions of any dimension share; their weight is (in_channels, out_channels / groups, …).</summary>
public abstract class ConvolutionTranspose : Convolution
{
    protected ConvolutionTranspose(
        string name, long in_channels, long out_channels, long[] kernel_size, long[] stride, long[]? padding, Padding? padding_type,
        long[] dilation, bool transposed, long[] output_padding, long groups, bool bias, PaddingModes padding_mode,
        Device? device = null, ScalarType? dtype = null)
        : base(
            name, in_channels, out_channels, kernel_size, stride, padding, padding_type, dilation, transposed, output_padding, groups,
            bias, padding_mode, device, dtype)
    {
    }

    public override Tensor forward(Tensor input) => forward(input, null);

    public abstract Tensor forward(Tensor input, long[]? output_size);

    /// <summary>How much to add at one side so that the output has the size asked for.</summary>
    /// <remarks>
    /// Without a size, the first entry of <see cref="Convolution.output_padding"/> serves every dimension, as in
    /// TorchSharp 0.107.
    /// </remarks>
    protected long[] _output_padding(
        Tensor input, long[]? output_size, long[] kernel_size, long[] stride, long[] padding, long[] dilation, long num_spatial_dims)
    {
        if (output_size is null)
        {
            return [output_padding[0]];
        }

        int leading = input.dim() == num_spatial_dims + 2 ? 2 : 1;
        long[] asked = output_size.Length == leading + num_spatial_dims ? output_size[leading..] : output_size;
        if (asked.Length != num_spatial_dims)
        {
            throw new ArgumentException(
                $"{GetName()}: for {input.dim()}D input, output_size must have {num_spatial_dims} or {leading + num_spatial_dims} entries, got {output_size.Length}.",
                nameof(output_size));
        }

        var extra = new long[asked.Length];
        for (int d = 0; d < extra.Length; d++)
        {
            long least = (input.size(d + leading) - 1) * stride[d] - 2 * padding[d] + dilation[d] * (kernel_size[d] - 1) + 1;
            long most = least + stride[d] - 1;
            extra[d] = asked[d] >= least && asked[d] <= most
                ? asked[d] - least
                : throw new ArgumentException(
                    $"{GetName()}: output size {asked[d]} in dimension {d} is not possible; it ranges from {least} to {most}.",
                    nameof(output_size));
        }

        return extra;
    }
}
