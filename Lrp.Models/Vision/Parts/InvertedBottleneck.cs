using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Models.Vision.Parts;

/// <summary>
/// The block of EfficientNet: more channels, a convolution of each channel, a gate, and fewer channels again; or,
/// fused,
/// one convolution in place of the first two and no gate. Where the shape stays, the input is added.
/// </summary>
internal sealed class InvertedBottleneck : nn.Module<Tensor, Tensor>, INetworkBlock
{
    [ComponentName(Name = "block")]
    private readonly Sequential _block;

    [ComponentName(Name = "add")]
    private readonly Rules.Modules.Add? _add;

    public InvertedBottleneck(
        long input,
        long output,
        double expand,
        long kernel,
        long stride,
        bool fused,
        NormOptions norm
    )
        : base(nameof(InvertedBottleneck))
    {
        var expanded = ChannelCount.Of(input, expand);
        var layers = new List<nn.Module<Tensor, Tensor>>();
        if (fused)
        {
            var only = expanded == input;
            layers.Add(ConvolutionBlock.Of(input, only ? output : expanded, norm, () => nn.SiLU(), kernel, stride));
            if (!only)
            {
                layers.Add(ConvolutionBlock.Of(expanded, output, norm, null, 1));
            }
        }
        else
        {
            if (expanded != input)
            {
                layers.Add(ConvolutionBlock.Of(input, expanded, norm, () => nn.SiLU(), 1));
            }

            layers.Add(ConvolutionBlock.Of(expanded, expanded, norm, () => nn.SiLU(), kernel, stride, expanded));
            layers.Add(new SqueezeExcitation(expanded, Math.Max(1, input / 4), nn.SiLU()));
            layers.Add(ConvolutionBlock.Of(expanded, output, norm, null, 1));
        }

        _block = nn.Sequential(layers);
        _add = stride == 1 && input == output ? new Rules.Modules.Add { OnlyWhileRegistered = true } : null;
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        var output = _block.call(input);
        return _add is null ? output : _add.call(output, input);
    }
}
