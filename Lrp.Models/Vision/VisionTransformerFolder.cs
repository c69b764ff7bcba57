using System.Text.RegularExpressions;
using Lrp.Checkpoints;
using Lrp.Models.Transformers.Configurations;
using TorchSharp;

namespace Lrp.Models.Vision;

/// <summary>A folder of the Hugging Face hub with a ViT or a DeiT.</summary>
internal static partial class VisionTransformerFolder
{
    /// <summary>Hugging Face's names of parts, after the name of the model, and torchvision's.</summary>
    private static readonly (string From, string To)[] Names =
    [
        ("embeddings.cls_token", "class_token"),
        ("embeddings.distillation_token", "distillation_token"),
        ("embeddings.position_embeddings", "encoder.pos_embedding"),
        ("embeddings.patch_embeddings.projection", "conv_proj"),
        ("layernorm", "encoder.ln"),
        ("classifier", "heads.head"),
        ("cls_classifier", "heads.head"),
        ("distillation_classifier", "distillation_head"),
    ];

    /// <summary>The same inside a block.</summary>
    private static readonly (string From, string To)[] BlockNames =
    [
        ("layernorm_before", "ln_1"),
        ("attention.attention", "self_attention"),
        ("attention.output.dense", "self_attention.out_proj"),
        ("layernorm_after", "ln_2"),
        ("intermediate.dense", "mlp.0"),
        ("output.dense", "mlp.3"),
    ];

    /// <summary>Architectures by their names in the configuration: distillation token, and its classifier.</summary>
    public static IReadOnlyDictionary<string, (bool Token, bool Classifier)> Architectures { get; } =
        new Dictionary<string, (bool, bool)>
        {
            ["ViTForImageClassification"] = (false, false),
            ["DeiTForImageClassification"] = (true, false),
            ["DeiTForImageClassificationWithTeacher"] = (true, true),
        };

    /// <inheritdoc cref="VisionTransformer.Load"/>
    public static VisionTransformer Load(string folder, torch.ScalarType dtype)
    {
        var config = ModelConfig.OfFolder(folder);
        if (config.Architecture is not { } architecture || !Architectures.TryGetValue(architecture, out var kind))
        {
            throw HubNames.Unknown(config, Architectures.Keys);
        }

        var labels = config.Labels();
        var options = new VisionTransformerOptions
        {
            ImageSize = config.Whole("image_size", 224),
            PatchSize = config.Whole("patch_size", 16),
            Channels = config.Whole("num_channels", 3),
            Layers = (int)config.Whole("num_hidden_layers", 12),
            Heads = config.Whole("num_attention_heads", 12),
            HiddenSize = config.Whole("hidden_size", 768),
            MlpSize = config.Whole("intermediate_size", 3072),
            Activation = config.Text("hidden_act", "gelu"),
            NormEps = config.Number("layer_norm_eps", 1e-12),
            Classes = labels.Count > 0 ? labels.Count : config.Whole("num_labels", 2),
            SeparateProjections = true,
            ProjectionBias = config.Truth("qkv_bias", true),
            DistillationToken = kind.Token,
            DistillationClassifier = kind.Classifier,
        };
        using var files = Checkpoint.Open(folder);
        HubSizes.Check(
            config,
            files,
            features: "hidden_size",
            [
                ("image_size", options.ImageSize),
                ("patch_size", options.PatchSize),
                ("num_channels", options.Channels),
                ("num_hidden_layers", options.Layers),
                ("num_attention_heads", options.Heads),
                ("hidden_size", options.HiddenSize),
                ("intermediate_size", options.MlpSize),
            ]
        );
        return VisionNetwork.Filled(
            new VisionTransformer(options) { Labels = labels },
            dtype,
            network => network.LoadCheckpoint(files, rename: Renamed)
        );
    }

    /// <summary>torchvision's name of a tensor; null for a pooler, which classification does not use.</summary>
    internal static string? Renamed(string name)
    {
        var bare = ModelPrefix().Replace(name, "");
        if (bare.StartsWith("pooler.", StringComparison.Ordinal))
        {
            return null;
        }

        var block = BlockPrefix().Match(bare);
        if (!block.Success)
        {
            return HubNames.Translated(bare, Names);
        }

        var rest = HubNames.Translated(bare[block.Length..], BlockNames);
        return $"encoder.layers.encoder_layer_{block.Groups[1].Value}.{rest}";
    }

    [GeneratedRegex(@"^(vit|deit)\.")]
    private static partial Regex ModelPrefix();

    [GeneratedRegex(@"^encoder\.layer\.(\d+)\.")]
    private static partial Regex BlockPrefix();
}
