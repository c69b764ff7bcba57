using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Benchmarks.Cases;

/// <summary>The networks that are explained, with random weights that are the same in every run.</summary>
internal static class Networks
{
    /// <summary>Networks for 224 × 224 images and 1000 classes, by name.</summary>
    public static readonly IReadOnlyDictionary<string, Func<nn.Module<Tensor, Tensor>>> Named = new Dictionary<
        string,
        Func<nn.Module<Tensor, Tensor>>
    >
    {
        ["vgg16"] = () => torchvision.models.vgg16(),
        ["resnet18"] = () => torchvision.models.resnet18(),
    };

    /// <summary>Convolutions of 32 channels with ReLUs, and a linear layer: (N, 3, 64, 64) to (N, 10).</summary>
    /// <param name="depth">The number of convolutions.</param>
    public static nn.Module<Tensor, Tensor> Stack(int depth)
    {
        var layers = new List<nn.Module<Tensor, Tensor>>();
        for (var k = 0; k < depth; k++)
        {
            layers.Add(nn.Conv2d(k == 0 ? 3 : 32, 32, 3L, padding: 1L));
            layers.Add(nn.ReLU());
        }

        return nn.Sequential([.. layers, nn.Flatten(), nn.Linear(32 * 64 * 64, 10)]);
    }
}
