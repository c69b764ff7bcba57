namespace Lrp.Models.Vision;

/// <summary>Sizes of the networks, by torchvision's names, and by their own where torchvision has none.</summary>
internal static class VisionArchitectures
{
    public static IReadOnlyDictionary<string, Func<long, VisionNetwork>> All { get; } =
        new[]
        {
            DenseNets(),
            EfficientNets(),
            EfficientNetV2s(),
            [("efficientnet_lite0", classes => new EfficientNetLite(classes))],
            RegNets(),
            ConvNeXts(),
            Transformers(),
            Swins(),
        }
            .SelectMany(family => family)
            .ToDictionary(entry => entry.Name, entry => entry.Create, StringComparer.Ordinal);

    /// <summary>Sizes of images other than 224, as torchvision's weights have them.</summary>
    public static IReadOnlyDictionary<string, int> ImageSizes { get; } =
        new Dictionary<string, int>(StringComparer.Ordinal)
        {
            ["efficientnet_b1"] = 240,
            ["efficientnet_b2"] = 288,
            ["efficientnet_b3"] = 300,
            ["efficientnet_b4"] = 380,
            ["efficientnet_b5"] = 456,
            ["efficientnet_b6"] = 528,
            ["efficientnet_b7"] = 600,
            ["efficientnet_v2_s"] = 384,
            ["efficientnet_v2_m"] = 480,
            ["efficientnet_v2_l"] = 480,
            ["inception_v3"] = 299,
        };

    private static IEnumerable<(string Name, Func<long, VisionNetwork> Create)> DenseNets()
    {
        (string, int[], long Growth, long First)[] sizes =
        [
            ("densenet121", [6, 12, 24, 16], 32, 64),
            ("densenet161", [6, 12, 36, 24], 48, 96),
            ("densenet169", [6, 12, 32, 32], 32, 64),
            ("densenet201", [6, 12, 48, 32], 32, 64),
        ];
        foreach (var (name, blocks, growth, first) in sizes)
        {
            yield return (
                name,
                classes => new DenseNet(
                    new DenseNetOptions
                    {
                        BlockConfig = blocks,
                        GrowthRate = growth,
                        InitialFeatures = first,
                        Classes = classes,
                    }
                )
            );
        }
    }

    private static IEnumerable<(string Name, Func<long, VisionNetwork> Create)> EfficientNets()
    {
        (double Width, double Depth, double Dropout)[] sizes =
        [
            (1, 1, 0.2),
            (1, 1.1, 0.2),
            (1.1, 1.2, 0.3),
            (1.2, 1.4, 0.3),
            (1.4, 1.8, 0.4),
            (1.6, 2.2, 0.4),
            (1.8, 2.6, 0.5),
            (2, 3.1, 0.5),
        ];
        const int FirstWithOtherNorm = 5;
        return sizes.Select(
            (size, k) =>
                (
                    $"efficientnet_b{k}",
                    (Func<long, VisionNetwork>)(
                        classes => new EfficientNet(
                            new EfficientNetOptions
                            {
                                Width = size.Width,
                                Depth = size.Depth,
                                Dropout = size.Dropout,
                                NormEps = k < FirstWithOtherNorm ? 1e-5 : 1e-3,
                                NormMomentum = k < FirstWithOtherNorm ? 0.1 : 0.01,
                                Classes = classes,
                            }
                        )
                    )
                )
        );
    }

    private static IEnumerable<(string Name, Func<long, VisionNetwork> Create)> EfficientNetV2s()
    {
        (string, double Dropout, EfficientNetStage[])[] sizes =
        [
            (
                "efficientnet_v2_s",
                0.2,
                [
                    new(1, 3, 1, 24, 24, 2, Fused: true),
                    new(4, 3, 2, 24, 48, 4, Fused: true),
                    new(4, 3, 2, 48, 64, 4, Fused: true),
                    new(4, 3, 2, 64, 128, 6),
                    new(6, 3, 1, 128, 160, 9),
                    new(6, 3, 2, 160, 256, 15),
                ]
            ),
            (
                "efficientnet_v2_m",
                0.3,
                [
                    new(1, 3, 1, 24, 24, 3, Fused: true),
                    new(4, 3, 2, 24, 48, 5, Fused: true),
                    new(4, 3, 2, 48, 80, 5, Fused: true),
                    new(4, 3, 2, 80, 160, 7),
                    new(6, 3, 1, 160, 176, 14),
                    new(6, 3, 2, 176, 304, 18),
                    new(6, 3, 1, 304, 512, 5),
                ]
            ),
            (
                "efficientnet_v2_l",
                0.4,
                [
                    new(1, 3, 1, 32, 32, 4, Fused: true),
                    new(4, 3, 2, 32, 64, 7, Fused: true),
                    new(4, 3, 2, 64, 96, 7, Fused: true),
                    new(4, 3, 2, 96, 192, 10),
                    new(6, 3, 1, 192, 224, 19),
                    new(6, 3, 2, 224, 384, 25),
                    new(6, 3, 1, 384, 640, 7),
                ]
            ),
        ];
        foreach (var (name, dropout, stages) in sizes)
        {
            yield return (
                name,
                classes => new EfficientNet(
                    new EfficientNetOptions
                    {
                        Stages = stages,
                        Dropout = dropout,
                        LastChannels = 1280,
                        NormEps = 1e-3,
                        Classes = classes,
                    }
                )
            );
        }
    }

    private static IEnumerable<(string Name, Func<long, VisionNetwork> Create)> RegNets()
    {
        (string, int Depth, double InitialWidth, double Slope, double Multiplier, long GroupWidth)[] sizes =
        [
            ("regnet_y_400mf", 16, 48, 27.89, 2.09, 8),
            ("regnet_y_800mf", 14, 56, 38.84, 2.4, 16),
            ("regnet_y_1_6gf", 27, 48, 20.71, 2.65, 24),
            ("regnet_y_3_2gf", 21, 80, 42.63, 2.66, 24),
            ("regnet_y_8gf", 17, 192, 76.82, 2.19, 56),
            ("regnet_y_16gf", 18, 200, 106.23, 2.48, 112),
            ("regnet_y_32gf", 20, 232, 115.89, 2.53, 232),
            ("regnet_y_128gf", 27, 456, 160.83, 2.52, 264),
            ("regnet_x_400mf", 22, 24, 24.48, 2.54, 16),
            ("regnet_x_800mf", 16, 56, 35.73, 2.28, 16),
            ("regnet_x_1_6gf", 18, 80, 34.01, 2.25, 24),
            ("regnet_x_3_2gf", 25, 88, 26.31, 2.25, 48),
            ("regnet_x_8gf", 23, 80, 49.56, 2.88, 120),
            ("regnet_x_16gf", 22, 216, 55.59, 2.1, 128),
            ("regnet_x_32gf", 23, 320, 69.86, 2, 168),
        ];
        foreach (var (name, depth, width, slope, multiplier, group) in sizes)
        {
            double? squeeze = name.StartsWith("regnet_y", StringComparison.Ordinal) ? 0.25 : null;
            yield return (
                name,
                classes => new RegNet(
                    new RegNetOptions
                    {
                        Stages = RegNetOptions.StagesOf(depth, width, slope, multiplier, group),
                        SqueezeRatio = squeeze,
                        Classes = classes,
                    }
                )
            );
        }
    }

    private static IEnumerable<(string Name, Func<long, VisionNetwork> Create)> ConvNeXts()
    {
        (string, long[] Widths, int[] Depths)[] sizes =
        [
            ("convnext_tiny", [96, 192, 384, 768], [3, 3, 9, 3]),
            ("convnext_small", [96, 192, 384, 768], [3, 3, 27, 3]),
            ("convnext_base", [128, 256, 512, 1024], [3, 3, 27, 3]),
            ("convnext_large", [192, 384, 768, 1536], [3, 3, 27, 3]),
        ];
        foreach (var (name, widths, depths) in sizes)
        {
            var stages = widths
                .Select((width, k) => new ConvNeXtStage(width, k < 3 ? widths[k + 1] : null, depths[k]))
                .ToList();
            yield return (name, classes => new ConvNeXt(new ConvNeXtOptions { Stages = stages, Classes = classes }));
        }
    }

    private static IEnumerable<(string Name, Func<long, VisionNetwork> Create)> Transformers()
    {
        (string, long Patch, int Layers, long Heads, long Hidden, long Mlp)[] sizes =
        [
            ("vit_b_16", 16, 12, 12, 768, 3072),
            ("vit_b_32", 32, 12, 12, 768, 3072),
            ("vit_l_16", 16, 24, 16, 1024, 4096),
            ("vit_l_32", 32, 24, 16, 1024, 4096),
            ("vit_h_14", 14, 32, 16, 1280, 5120),
        ];
        foreach (var (name, patch, layers, heads, hidden, mlp) in sizes)
        {
            yield return (
                name,
                classes => new VisionTransformer(
                    new VisionTransformerOptions
                    {
                        PatchSize = patch,
                        Layers = layers,
                        Heads = heads,
                        HiddenSize = hidden,
                        MlpSize = mlp,
                        Classes = classes,
                    }
                )
            );
        }
    }

    private static IEnumerable<(string Name, Func<long, VisionNetwork> Create)> Swins()
    {
        (string, long Embed, int[] Depths, long[] Heads)[] sizes =
        [
            ("swin_t", 96, [2, 2, 6, 2], [3, 6, 12, 24]),
            ("swin_s", 96, [2, 2, 18, 2], [3, 6, 12, 24]),
            ("swin_b", 128, [2, 2, 18, 2], [4, 8, 16, 32]),
        ];
        foreach (var (name, embed, depths, heads) in sizes)
        {
            yield return (
                name,
                classes => new SwinTransformer(
                    new SwinOptions
                    {
                        EmbedSize = embed,
                        Depths = depths,
                        Heads = heads,
                        Classes = classes,
                    }
                )
            );
        }
    }
}
