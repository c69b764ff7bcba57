using static TorchSharp.torch;

namespace Lrp.Models.Vision.Parts;

/// <summary>
/// TensorFlow's padding SAME in front of a convolution: zeros on all sides, the smaller half left and above.
/// </summary>
/// <param name="kernel">The size of the convolution.</param>
/// <param name="stride">Its stride.</param>
internal sealed class SamePadding(long kernel, long stride) : nn.Module<Tensor, Tensor>(nameof(SamePadding))
{
    public override Tensor forward(Tensor input)
    {
        var (height, width) = (Total(input.shape[2]), Total(input.shape[3]));
        return nn.functional.pad(input, [width / 2, width - (width / 2), height / 2, height - (height / 2)]);
    }

    private long Total(long size) => Math.Max((((size + stride - 1) / stride) - 1) * stride + kernel - size, 0);
}
