using System.Text.Json;
using Lrp.Models.Vision;

namespace Lrp.Tests.Golden;

/// <summary>The networks of Lrp.Models that reference cases name, by the arguments of torchvision's
/// constructors.</summary>
public static class PublishedNetworks
{
    /// <summary>The last convolution of the EfficientNets of these cases, where they do not say.</summary>
    private const long LastChannels = 64;

    /// <summary>A network with random weights.</summary>
    /// <param name="network">The name of the case.</param>
    /// <param name="sizes">Arguments of torchvision's constructor.</param>
    /// <exception cref="NotSupportedException">There is no such network.</exception>
    public static VisionNetwork Build(string network, JsonElement sizes)
    {
        var given = new Sizes(sizes);
        var classes = given.Whole("num_classes", 1000);
        return network switch
        {
            "densenet" => new DenseNet(
                new DenseNetOptions
                {
                    GrowthRate = given.Whole("growth_rate", 32),
                    BlockConfig = given.Counts("block_config"),
                    InitialFeatures = given.Whole("num_init_features", 64),
                    BottleneckSize = given.Whole("bn_size", 4),
                    Classes = classes,
                }
            ),
            _ when network.StartsWith("efficientnet_b", StringComparison.Ordinal) => new EfficientNet(
                new EfficientNetOptions
                {
                    Width = given.Number("width_mult", 1),
                    Depth = given.Number("depth_mult", 1),
                    LastChannels = given.Whole("last_channel", LastChannels),
                    Classes = classes,
                }
            ),
            "regnet_x" or "regnet_y" => new RegNet(
                new RegNetOptions
                {
                    Stages =
                    [
                        .. given
                            .Counts("depths")
                            .Select(
                                (depth, k) =>
                                    new RegNetStage(
                                        depth,
                                        given.List("widths")[k].GetInt64(),
                                        given.List("group_widths")[k].GetInt64(),
                                        given.List("bottleneck_multipliers")[k].GetDouble(),
                                        given.List("strides")[k].GetInt64()
                                    )
                            ),
                    ],
                    SqueezeRatio = given.Optional("se_ratio")?.GetDouble(),
                    StemWidth = given.Whole("stem_width", 32),
                    Classes = classes,
                }
            ),
            "convnext" => new ConvNeXt(
                new ConvNeXtOptions
                {
                    Stages =
                    [
                        .. given
                            .List("block_setting")
                            .Select(stage => new ConvNeXtStage(
                                stage[0].GetInt64(),
                                stage[1].ValueKind == JsonValueKind.Null ? null : stage[1].GetInt64(),
                                stage[2].GetInt32()
                            )),
                    ],
                    Classes = classes,
                }
            ),
            "vit" => new VisionTransformer(
                new VisionTransformerOptions
                {
                    ImageSize = given.Whole("image_size", 224),
                    PatchSize = given.Whole("patch_size", 16),
                    Layers = (int)given.Whole("num_layers", 12),
                    Heads = given.Whole("num_heads", 12),
                    HiddenSize = given.Whole("hidden_dim", 768),
                    MlpSize = given.Whole("mlp_dim", 3072),
                    RepresentationSize = given.Optional("representation_size")?.GetInt64(),
                    Classes = classes,
                }
            ),
            "swin" => new SwinTransformer(
                new SwinOptions
                {
                    PatchSize = given.Pair("patch_size"),
                    EmbedSize = given.Whole("embed_dim", 96),
                    Depths = given.Counts("depths"),
                    Heads = [.. given.List("num_heads").Select(heads => heads.GetInt64())],
                    WindowSize = given.Pair("window_size"),
                    MlpRatio = given.Number("mlp_ratio", 4),
                    Classes = classes,
                }
            ),
            _ => throw new NotSupportedException($"There is no {network}."),
        };
    }

    private readonly record struct Sizes(JsonElement Given)
    {
        public JsonElement? Optional(string name) =>
            Given.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

        public double Number(string name, double missing) => Optional(name)?.GetDouble() ?? missing;

        public long Whole(string name, long missing) => Optional(name)?.GetInt64() ?? missing;

        public IReadOnlyList<JsonElement> List(string name) => [.. Given.GetProperty(name).EnumerateArray()];

        public IReadOnlyList<int> Counts(string name) => [.. List(name).Select(count => count.GetInt32())];

        public (long, long) Pair(string name) => (List(name)[0].GetInt64(), List(name)[1].GetInt64());
    }
}
