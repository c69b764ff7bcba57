using Lrp.Core;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Models.Vision.Parts;

/// <summary>
/// Features times a gate that is computed from their averages (Hu et al. 2018), with torchvision's names.
/// </summary>
internal sealed class SqueezeExcitation : nn.Module<Tensor, Tensor>, INeedsNoInterception
{
    [ComponentName(Name = "avgpool")]
    private readonly AdaptiveAvgPool2d _avgpool = nn.AdaptiveAvgPool2d(1);

    [ComponentName(Name = "fc1")]
    private readonly Conv2d _fc1;

    [ComponentName(Name = "fc2")]
    private readonly Conv2d _fc2;

    [ComponentName(Name = "activation")]
    private readonly nn.Module<Tensor, Tensor> _activation;

    [ComponentName(Name = "scale_activation")]
    private readonly Sigmoid _scaleActivation = nn.Sigmoid();

    [ComponentName(Name = "gate")]
    private readonly Rules.Modules.FeatureGate _gate = new();

    public SqueezeExcitation(long channels, long squeezed, nn.Module<Tensor, Tensor> activation)
        : base(nameof(SqueezeExcitation))
    {
        _fc1 = nn.Conv2d(channels, squeezed, 1);
        _fc2 = nn.Conv2d(squeezed, channels, 1);
        _activation = activation;
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        var squeezed = _activation.call(_fc1.call(_avgpool.call(input)));
        return _gate.call(input, _scaleActivation.call(_fc2.call(squeezed)));
    }
}
