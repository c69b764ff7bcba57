using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Vision;

/// <summary>Convolutions with batch norm beside a shortcut; their sum goes through a ReLU.</summary>
public sealed class ResidualBlock : nn.Module<Tensor, Tensor>
{
    private readonly (Conv2d Convolution, BatchNorm2d Norm)[] steps;
    private readonly ReLU relu;
    private readonly Sequential? downsample;

    private ResidualBlock(string name, long input, long stride, (long Width, long Kernel, long Stride)[] convolutions)
        : base(name)
    {
        steps = new (Conv2d, BatchNorm2d)[convolutions.Length];
        long channels = input;
        for (int k = 0; k < steps.Length; k++)
        {
            (long width, long kernel, long step) = convolutions[k];
            steps[k] = (nn.Conv2d(channels, width, kernel, stride: step, padding: kernel / 2, bias: false), nn.BatchNorm2d(width));
            register_module($"conv{k + 1}", steps[k].Convolution);
            register_module($"bn{k + 1}", steps[k].Norm);
            channels = width;
        }

        OutputChannels = channels;
        relu = nn.ReLU();
        register_module(nameof(relu), relu);
        if (stride != 1 || input != channels)
        {
            downsample = nn.Sequential(nn.Conv2d(input, channels, 1L, stride: stride, bias: false), nn.BatchNorm2d(channels));
            register_module(nameof(downsample), downsample);
        }
    }

    /// <summary>Channels of the result.</summary>
    public long OutputChannels { get; }

    /// <summary>Two convolutions of width 3.</summary>
    public static ResidualBlock Basic(long input, long width, long stride) =>
        new("BasicBlock", input, stride, [(width, 3, stride), (width, 3, 1)]);

    /// <summary>Convolutions of width 1, 3 and 1; the last has four times the channels.</summary>
    public static ResidualBlock Bottleneck(long input, long width, long stride) =>
        new("Bottleneck", input, stride, [(width, 1, 1), (width, 3, stride), (4 * width, 1, 1)]);

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = input;
        for (int k = 0; k < steps.Length; k++)
        {
            x = steps[k].Norm.call(steps[k].Convolution.call(x));
            if (k < steps.Length - 1)
            {
                x = relu.call(x);
            }
        }

        Tensor shortcut = downsample?.call(input) ?? input;
        return relu.call(x + shortcut).MoveToOuterDisposeScope();
    }
}
