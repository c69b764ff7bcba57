using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Vision;

/// <summary>
/// A residual network (He et al. 2016) with the module names of TorchVision, so that its weights load:
/// (N, 3, H, W) to (N, classes) logits.
/// </summary>
public sealed class ResNet : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d conv1;
    private readonly BatchNorm2d bn1;
    private readonly ReLU relu;
    private readonly MaxPool2d maxpool;
    private readonly Sequential layer1;
    private readonly Sequential layer2;
    private readonly Sequential layer3;
    private readonly Sequential layer4;
    private readonly AdaptiveAvgPool2d avgpool;
    private readonly Linear fc;

    private ResNet(string name, bool bottlenecks, int[] blocks, long classes)
        : base(name)
    {
        long channels = 64;
        conv1 = nn.Conv2d(3, 64, 7L, stride: 2L, padding: 3L, bias: false);
        bn1 = nn.BatchNorm2d(64);
        relu = nn.ReLU();
        maxpool = nn.MaxPool2d(3, 2, 1);
        layer1 = Layer(ref channels, 64, blocks[0], 1, bottlenecks);
        layer2 = Layer(ref channels, 128, blocks[1], 2, bottlenecks);
        layer3 = Layer(ref channels, 256, blocks[2], 2, bottlenecks);
        layer4 = Layer(ref channels, 512, blocks[3], 2, bottlenecks);
        avgpool = nn.AdaptiveAvgPool2d([1L, 1L]);
        fc = nn.Linear(channels, classes);
        RegisterComponents();
    }

    /// <summary>18 layers of basic blocks.</summary>
    public static ResNet ResNet18(long classes = 1000) => new("ResNet18", false, [2, 2, 2, 2], classes);

    /// <summary>50 layers of bottlenecks.</summary>
    public static ResNet ResNet50(long classes = 1000) => new("ResNet50", true, [3, 4, 6, 3], classes);

    private static Sequential Layer(ref long channels, long width, int blocks, long stride, bool bottlenecks)
    {
        var modules = new List<nn.Module<Tensor, Tensor>>();
        for (int k = 0; k < blocks; k++)
        {
            ResidualBlock block = bottlenecks
                ? ResidualBlock.Bottleneck(channels, width, k == 0 ? stride : 1)
                : ResidualBlock.Basic(channels, width, k == 0 ? stride : 1);
            modules.Add(block);
            channels = block.OutputChannels;
        }

        return nn.Sequential([.. modules]);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = maxpool.call(relu.call(bn1.call(conv1.call(input))));
        x = layer4.call(layer3.call(layer2.call(layer1.call(x))));
        return fc.call(avgpool.call(x).flatten(1)).MoveToOuterDisposeScope();
    }
}
