using System.Reflection;
using System.Text.Json;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden;

/// <summary>The networks that reference cases name, in the sizes that they name.</summary>
public static class VisionNetworks
{
    private const BindingFlags NotPublic = BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance;

    private static readonly string[] ResNetParts = ["conv1", "bn1", "layer1", "layer2", "layer3", "layer4", "fc"];

    private static readonly string[] GoogleNetParts =
    [
        "conv1",
        "conv2",
        "conv3",
        .. new[] { "3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b" }.Select(name => $"inception{name}"),
        "fc",
    ];

    // Without AuxLogits, which TorchVision has in any case and never calls.
    private static readonly string[] InceptionParts =
    [
        .. new[] { "1a_3x3", "2a_3x3", "2b_3x3", "3b_1x1", "4a_3x3" }.Select(name => $"Conv2d_{name}"),
        .. new[] { "5b", "5c", "5d", "6a", "6b", "6c", "6d", "6e", "7a", "7b", "7c" }.Select(name => $"Mixed_{name}"),
        "fc",
    ];

    /// <summary>
    /// A network, with the names of its children in PyTorch's order of declaration; null where it declares them so.
    /// </summary>
    /// <param name="network">PyTorch's name.</param>
    /// <param name="sizes">Arguments of torchvision's constructor; null for those of the kind <c>vision</c>.</param>
    /// <exception cref="NotSupportedException">There is no such network.</exception>
    public static (nn.Module<Tensor, Tensor> Network, IReadOnlyList<string>? Parts) Build(
        string network,
        JsonElement? sizes
    )
    {
        var classes = (int)Size(sizes, "num_classes", 10);
        return network switch
        {
            "resnet18" => (torchvision.models.resnet18(classes), ResNetParts),
            "resnet34" => (torchvision.models.resnet34(classes), ResNetParts),
            "resnet50" => (torchvision.models.resnet50(classes), ResNetParts),
            "vgg11_bn" => (new NarrowVgg(), ["features", "classifier"]),
            "googlenet" => (torchvision.models.googlenet(classes), GoogleNetParts),
            "inception_v3" => (torchvision.models.inception_v3(classes), InceptionParts),
            "mobilenet_v2" => (
                torchvision.models.mobilenet_v2(classes, Size(sizes, "width_mult", 0.25)),
                ["features", "classifier"]
            ),
            "mobilenet_v3_small" or "mobilenet_v3_large" => (
                MobileNetV3(
                    network,
                    Size(sizes, "width_mult", 1),
                    (long)Size(sizes, "last_channel", network == "mobilenet_v3_small" ? 1024 : 1280),
                    classes
                ),
                ["features", "classifier"]
            ),
            _ when sizes is { } given => (PublishedNetworks.Build(network, given), null),
            _ => throw new NotSupportedException($"TorchVision has no {network}."),
        };
    }

    private static double Size(JsonElement? sizes, string name, double missing) =>
        sizes is { } given && given.TryGetProperty(name, out var value) ? value.GetDouble() : missing;

    /// <summary>
    /// A MobileNetV3 of any width, which TorchVision builds itself but offers in one width only. Its squeeze and
    /// excitation has ReLU6 where PyTorch's has ReLU: here it is ReLU.
    /// </summary>
    private static MobileNetV3 MobileNetV3(string network, double width, long lastChannel, int classes)
    {
        var built = typeof(torchvision.models)
            .GetMethod("_mobilenet_v3_conf", NotPublic)!
            .Invoke(null, [network, width, false, false])!;
        var settings = built.GetType().GetField("Item1")!.GetValue(built)!;
        var constructor = typeof(MobileNetV3).GetConstructors(NotPublic).Single();
        var block = typeof(VisionNetworks)
            .GetMethod(nameof(Block), NotPublic)!
            .MakeGenericMethod(settings.GetType().GetElementType()!)
            .CreateDelegate(constructor.GetParameters()[4].ParameterType);
        return (MobileNetV3)constructor.Invoke(["MobileNetV3", settings, lastChannel, (long)classes, block, null, 0.2]);
    }

    private static nn.Module<Tensor, Tensor> Block<TSettings>(
        TSettings settings,
        Func<long, nn.Module<Tensor, Tensor>> norm
    )
    {
        Func<long, long, nn.Module<Tensor, Tensor>> gate = (input, squeezed) =>
            torchvision.ops.SqueezeExcitation(input, squeezed, () => nn.ReLU(), () => nn.Hardsigmoid());
        var constructor = typeof(MobileNetV3)
            .GetNestedType("InvertedResidual", BindingFlags.NonPublic)!
            .GetConstructors()
            .Single();
        return (nn.Module<Tensor, Tensor>)constructor.Invoke(["InvertedResidual", settings, norm, gate]);
    }

    /// <summary>VGG11 with batch normalisation and few channels, which TorchVision does not offer.</summary>
    private sealed class NarrowVgg : nn.Module<Tensor, Tensor>
    {
        private static readonly long[] Channels = [8, 0, 16, 0, 16, 16, 0, 32, 32, 0];

        [ComponentName(Name = "features")]
        private readonly Sequential _features;

        [ComponentName(Name = "avgpool")]
        private readonly AdaptiveAvgPool2d _avgpool = nn.AdaptiveAvgPool2d([2, 2]);

        [ComponentName(Name = "classifier")]
        private readonly Sequential _classifier = nn.Sequential(
            nn.Linear(128, 32),
            nn.ReLU(true),
            nn.Dropout(),
            nn.Linear(32, 10)
        );

        public NarrowVgg()
            : base(nameof(NarrowVgg))
        {
            var layers = new List<nn.Module<Tensor, Tensor>>();
            var input = 3L;
            foreach (var channels in Channels)
            {
                if (channels == 0)
                {
                    layers.Add(nn.MaxPool2d(2, 2));
                    continue;
                }

                layers.Add(nn.Conv2d(input, channels, 3, padding: 1));
                layers.Add(nn.BatchNorm2d(channels));
                layers.Add(nn.ReLU(true));
                input = channels;
            }

            _features = nn.Sequential(layers);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) =>
            _classifier.call(_avgpool.call(_features.call(input)).flatten(1));
    }
}
