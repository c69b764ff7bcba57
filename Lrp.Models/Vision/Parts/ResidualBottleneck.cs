using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Models.Vision.Parts;

/// <summary>The block of RegNet, with torchvision's names: three convolutions, a gate, and the input added.</summary>
internal sealed class ResidualBottleneck : nn.Module<Tensor, Tensor>, INetworkBlock
{
    [ComponentName(Name = "proj")]
    private readonly Sequential? _projection;

    [ComponentName(Name = "f")]
    private readonly Sequential _transform;

    [ComponentName(Name = "add")]
    private readonly Rules.Modules.Add _add = new() { OnlyWhileRegistered = true };

    [ComponentName(Name = "activation")]
    private readonly ReLU _activation = nn.ReLU();

    /// <param name="input">Channels that enter.</param>
    /// <param name="output">Channels that leave.</param>
    /// <param name="stride">The stride of the second convolution.</param>
    /// <param name="groupWidth">Channels in a group of the second convolution.</param>
    /// <param name="inner">Channels inside.</param>
    /// <param name="squeezed">Channels inside the gate; null for none.</param>
    /// <param name="norm">The batch normalisation.</param>
    public ResidualBottleneck(
        long input,
        long output,
        long stride,
        long groupWidth,
        long inner,
        long? squeezed,
        NormOptions norm
    )
        : base(nameof(ResidualBottleneck))
    {
        if (input != output || stride != 1)
        {
            _projection = ConvolutionBlock.Of(input, output, norm, null, 1, stride);
        }

        var parts = new List<(string, nn.Module<Tensor, Tensor>)>
        {
            ("a", ConvolutionBlock.Of(input, inner, norm, () => nn.ReLU(), 1)),
            ("b", ConvolutionBlock.Of(inner, inner, norm, () => nn.ReLU(), 3, stride, inner / groupWidth)),
        };
        if (squeezed is { } channels)
        {
            parts.Add(("se", new SqueezeExcitation(inner, channels, nn.ReLU())));
        }

        parts.Add(("c", ConvolutionBlock.Of(inner, output, norm, null, 1)));
        _transform = nn.Sequential([.. parts]);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        var shortcut = _projection is null ? input : _projection.call(input);
        return _activation.call(_add.call(shortcut, _transform.call(input)));
    }
}
