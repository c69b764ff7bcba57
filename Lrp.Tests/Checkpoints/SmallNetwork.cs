using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Checkpoints;

/// <summary>
/// The network whose state several of the files hold: a convolution, a batch norm, a linear layer, a PReLU.
/// </summary>
internal sealed class SmallNetwork : nn.Module
{
    public SmallNetwork(int channels, int classes, ScalarType? type = null)
        : base(nameof(SmallNetwork))
    {
        register_module("conv", nn.Conv2d(3, channels, 3));
        register_module("norm", nn.BatchNorm2d(channels));
        register_module("head", nn.Sequential(("fc", nn.Linear(channels, classes)), ("act", nn.PReLU(1))));
        if (type is { } wanted)
        {
            this.to(wanted);
        }
    }
}
