using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Models.Vision.Parts;

/// <summary>
/// The block of ConvNeXt, with torchvision's names: a convolution of each channel, a norm and two layers for each
/// position, scaled channel by channel and added to the input.
/// </summary>
internal sealed class ConvNeXtBlock : nn.Module<Tensor, Tensor>, INetworkBlock
{
    [ComponentName(Name = "layer_scale")]
    private readonly Parameter _layerScale;

    [ComponentName(Name = "block")]
    private readonly Sequential _block;

    [ComponentName(Name = "scale")]
    private readonly Rules.Modules.FeatureGate _scale = new();

    [ComponentName(Name = "add")]
    private readonly Rules.Modules.Add _add = new() { OnlyWhileRegistered = true };

    public ConvNeXtBlock(long channels, double layerScale, double normEps)
        : base(nameof(ConvNeXtBlock))
    {
        _layerScale = new Parameter(full([channels, 1, 1], layerScale));
        _block = nn.Sequential(
            nn.Conv2d(channels, channels, 7, padding: 3, groups: channels),
            new Permute(0, 2, 3, 1),
            new Rules.Modules.AffineLayerNorm(channels, normEps),
            nn.Linear(channels, 4 * channels),
            nn.GELU(),
            nn.Linear(4 * channels, channels),
            new Permute(0, 3, 1, 2)
        );
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => _add.call(_scale.call(_block.call(input), _layerScale), input);
}
