using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Vision;

/// <summary>
/// VGG (Simonyan and Zisserman 2014) with the module names of TorchVision, so that its weights load:
/// (N, 3, H, W) to (N, classes) logits.
/// </summary>
public sealed class Vgg : nn.Module<Tensor, Tensor>
{
    private const int Pool = 0;

    private readonly Sequential features;
    private readonly AdaptiveAvgPool2d avgpool;
    private readonly Sequential classifier;

    private Vgg(string name, int[] widths, long classes)
        : base(name)
    {
        features = nn.Sequential([.. Features(widths)]);
        avgpool = nn.AdaptiveAvgPool2d([7L, 7L]);
        classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096),
            nn.ReLU(),
            nn.Dropout(),
            nn.Linear(4096, 4096),
            nn.ReLU(),
            nn.Dropout(),
            nn.Linear(4096, classes));
        RegisterComponents();
    }

    /// <summary>Configuration A: 8 convolutions.</summary>
    public static Vgg Vgg11(long classes = 1000) => new("VGG11", [64, Pool, 128, Pool, 256, 256, Pool, 512, 512, Pool, 512, 512, Pool], classes);

    /// <summary>Configuration D: 13 convolutions.</summary>
    public static Vgg Vgg16(long classes = 1000) =>
        new("VGG16", [64, 64, Pool, 128, 128, Pool, 256, 256, 256, Pool, 512, 512, 512, Pool, 512, 512, 512, Pool], classes);

    private static IEnumerable<nn.Module<Tensor, Tensor>> Features(int[] widths)
    {
        long channels = 3;
        foreach (int width in widths)
        {
            if (width == Pool)
            {
                yield return nn.MaxPool2d(2, 2);
                continue;
            }

            yield return nn.Conv2d(channels, width, 3L, padding: 1L);
            yield return nn.ReLU();
            channels = width;
        }
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using Tensor maps = features.call(input);
        using Tensor pooled = avgpool.call(maps);
        using Tensor flat = pooled.flatten(1);
        return classifier.call(flat);
    }
}
