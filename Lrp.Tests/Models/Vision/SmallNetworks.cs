using Lrp.Models.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Models.Vision;

/// <summary>One small network of each kind, with random weights in float64, in evaluation mode.</summary>
internal static class SmallNetworks
{
    public const long ImageSize = 32;

    public static VisionTransformerOptions Transformer { get; } =
        new()
        {
            ImageSize = ImageSize,
            PatchSize = 8,
            Layers = 2,
            Heads = 2,
            HiddenSize = 12,
            MlpSize = 20,
            Classes = 5,
        };

    public static IReadOnlyDictionary<string, Func<VisionNetwork>> All { get; } =
        new Dictionary<string, Func<VisionNetwork>>
        {
            ["DenseNet"] = () =>
                new DenseNet(
                    new DenseNetOptions
                    {
                        GrowthRate = 4,
                        BlockConfig = [2, 2],
                        InitialFeatures = 8,
                        Classes = 5,
                    }
                ),
            ["EfficientNet"] = () =>
                new EfficientNet(
                    new EfficientNetOptions
                    {
                        Stages = [new(1, 3, 1, 16, 16, 2, Fused: true), new(4, 3, 2, 16, 24, 2)],
                        Classes = 5,
                    }
                ),
            ["RegNet"] = () =>
                new RegNet(
                    new RegNetOptions
                    {
                        Stages = [new(2, 16, 8)],
                        SqueezeRatio = 0.25,
                        Classes = 5,
                    }
                ),
            ["ConvNeXt"] = () =>
                new ConvNeXt(
                    new ConvNeXtOptions
                    {
                        Stages = [new(8, 16, 1), new(16, null, 1)],
                        LayerScale = 0.5,
                        Classes = 5,
                    }
                ),
            ["ViT"] = () => new VisionTransformer(Transformer),
            ["DeiT"] = () =>
                new VisionTransformer(
                    Transformer with
                    {
                        SeparateProjections = true,
                        DistillationToken = true,
                        DistillationClassifier = true,
                    }
                ),
            ["Swin"] = () =>
                new SwinTransformer(
                    new SwinOptions
                    {
                        EmbedSize = 8,
                        Depths = [2, 1],
                        Heads = [2, 4],
                        WindowSize = (3, 3),
                        Classes = 5,
                    }
                ),
        };

    public static VisionNetwork Create(string name)
    {
        var network = All[name]();
        network.to(ScalarType.Float64);
        network.eval();
        return network;
    }

    public static Tensor Image() => randn(2, 3, ImageSize, ImageSize, dtype: ScalarType.Float64);
}
