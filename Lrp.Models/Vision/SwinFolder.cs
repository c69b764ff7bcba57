using System.Globalization;
using System.Text.RegularExpressions;
using Lrp.Checkpoints;
using Lrp.Models.Transformers.Configurations;
using TorchSharp;

namespace Lrp.Models.Vision;

/// <summary>A folder of the Hugging Face hub with a Swin transformer.</summary>
internal static partial class SwinFolder
{
    /// <summary>The architecture's name in the configuration.</summary>
    public const string Architecture = "SwinForImageClassification";

    /// <summary>The epsilon of the norms for which Hugging Face's code does not ask the configuration.</summary>
    private const double FixedEps = 1e-5;

    /// <summary>Hugging Face's names of parts, after the name of the model, and torchvision's.</summary>
    private static readonly (string From, string To)[] Names =
    [
        ("embeddings.patch_embeddings.projection", "features.0.0"),
        ("embeddings.norm", "features.0.2"),
        ("layernorm", "norm"),
        ("classifier", "head"),
    ];

    /// <summary>The same inside a block.</summary>
    private static readonly (string From, string To)[] BlockNames =
    [
        ("layernorm_before", "norm1"),
        ("attention.self", "attn"),
        ("attention.output.dense", "attn.proj"),
        ("layernorm_after", "norm2"),
        ("intermediate.dense", "mlp.0"),
        ("output.dense", "mlp.3"),
    ];

    /// <inheritdoc cref="SwinTransformer.Load"/>
    public static SwinTransformer Load(string folder, torch.ScalarType dtype)
    {
        var config = ModelConfig.OfFolder(folder);
        if (config.Architecture != Architecture)
        {
            throw HubNames.Unknown(config, [Architecture]);
        }

        var eps = config.Number("layer_norm_eps", FixedEps);
        if (config.Truth("use_absolute_embeddings", false) || eps != FixedEps)
        {
            throw new NotSupportedException(
                $"{config.Path}: a Swin with use_absolute_embeddings, or with a layer_norm_eps other than 1e-5, is not "
                    + "supported; published ones have neither."
            );
        }

        var labels = config.Labels();
        var depths = config.Wholes("depths", [2, 2, 6, 2]);
        var heads = config.Wholes("num_heads", [3, 6, 12, 24]);
        var (patch, window) = (config.Whole("patch_size", 4), config.Whole("window_size", 7));
        var options = new SwinOptions
        {
            Channels = config.Whole("num_channels", 3),
            PatchSize = (patch, patch),
            EmbedSize = config.Whole("embed_dim", 96),
            Depths = [.. depths.Select(depth => (int)depth)],
            Heads = heads,
            WindowSize = (window, window),
            MlpRatio = config.Number("mlp_ratio", 4),
            Activation = config.Text("hidden_act", "gelu"),
            NormEps = eps,
            Classes = labels.Count > 0 ? labels.Count : config.Whole("num_labels", 2),
            SeparateProjections = true,
            ProjectionBias = config.Truth("qkv_bias", true),
        };
        var size = config.Whole("image_size", 224);
        using var files = Checkpoint.Open(folder);
        HubSizes.Check(
            config,
            files,
            features: "embed_dim",
            [
                ("image_size", size),
                ("patch_size", patch),
                ("num_channels", options.Channels),
                ("embed_dim", options.EmbedSize),
                ("window_size", window),
                .. depths.Select(depth => ("depths", depth)),
                .. heads.Select(count => ("num_heads", count)),
                ("embed_dim times mlp_ratio", (long)(options.EmbedSize * options.MlpRatio)),
            ]
        );
        if (depths.Count != heads.Count || depths.Count == 0)
        {
            throw new FormatException(
                $"{config.Path} has 'depths' for {depths.Count} stages and 'num_heads' for {heads.Count}; each stage "
                    + "has one of both."
            );
        }

        for (var (stage, features) = (0, options.EmbedSize); stage < heads.Count; stage++, features *= 2)
        {
            if (features % heads[stage] != 0)
            {
                throw new FormatException(
                    $"{config.Path}: the {features} features of stage {stage} cannot be divided among its "
                        + $"{heads[stage]} heads."
                );
            }
        }

        if (size % patch != 0)
        {
            throw new FormatException(
                $"{config.Path}: images of {size} × {size} cannot be divided into patches of {patch} × {patch}."
            );
        }

        return VisionNetwork.Filled(
            new SwinTransformer(options) { Labels = labels, ImageSize = size },
            dtype,
            network =>
            {
                var (missing, unexpected) = network.LoadCheckpoint(files, strict: false, rename: Renamed);
                VisionModel.ThrowIfIncomplete("this Swin", folder, missing, unexpected);
            }
        );
    }

    /// <summary>torchvision's name of a tensor; null for a table that follows from the size of a window.</summary>
    internal static string? Renamed(string name)
    {
        if (name.EndsWith(VisionModel.RelativePositions, StringComparison.Ordinal))
        {
            return null;
        }

        var bare = name.StartsWith("swin.", StringComparison.Ordinal) ? name["swin.".Length..] : name;
        var part = StagePart().Match(bare);
        if (!part.Success)
        {
            return HubNames.Translated(bare, Names);
        }

        // torchvision has the stages at odd places, and what comes between two of them at even ones.
        var stage = (2 * int.Parse(part.Groups["stage"].Value, CultureInfo.InvariantCulture)) + 1;
        var rest = bare[part.Length..];
        return part.Groups["block"] is { Success: true } block
            ? $"features.{stage}.{block.Value}.{HubNames.Translated(rest, BlockNames)}"
            : $"features.{stage + 1}.{rest}";
    }

    [GeneratedRegex(@"^encoder\.layers\.(?<stage>\d+)\.(blocks\.(?<block>\d+)|downsample)\.")]
    private static partial Regex StagePart();
}
