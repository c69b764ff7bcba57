using Lrp.Checkpoints;
using Lrp.Composites;
using Lrp.Composites.Canonizers;
using Lrp.Models.Vision;
using Lrp.Onnx;
using Lrp.Onnx.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Cli.Images;

/// <summary>Opens networks for images.</summary>
internal static class ImageModels
{
    /// <summary>Networks of the package TorchVision, which <see cref="VisionModel"/> does not have.</summary>
    private static readonly Dictionary<string, Func<int, nn.Module<Tensor, Tensor>>> TorchVision = new()
    {
        ["alexnet"] = classes => torchvision.models.alexnet(classes),
        ["googlenet"] = classes => torchvision.models.googlenet(classes),
        ["inception_v3"] = classes => torchvision.models.inception_v3(classes),
        ["mobilenet_v2"] = classes => torchvision.models.mobilenet_v2(classes),
        ["mobilenet_v3_large"] = _ => torchvision.models.mobilenet_v3_large(),
        ["mobilenet_v3_small"] = _ => torchvision.models.mobilenet_v3_small(),
        ["resnet18"] = classes => torchvision.models.resnet18(classes),
        ["resnet34"] = classes => torchvision.models.resnet34(classes),
        ["resnet50"] = classes => torchvision.models.resnet50(classes),
        ["resnet101"] = classes => torchvision.models.resnet101(classes),
        ["resnet152"] = classes => torchvision.models.resnet152(classes),
        ["vgg11"] = classes => torchvision.models.vgg11(classes),
        ["vgg11_bn"] = classes => torchvision.models.vgg11_bn(classes),
        ["vgg13"] = classes => torchvision.models.vgg13(classes),
        ["vgg13_bn"] = classes => torchvision.models.vgg13_bn(classes),
        ["vgg16"] = classes => torchvision.models.vgg16(classes),
        ["vgg16_bn"] = classes => torchvision.models.vgg16_bn(classes),
        ["vgg19"] = classes => torchvision.models.vgg19(classes),
        ["vgg19_bn"] = classes => torchvision.models.vgg19_bn(classes),
    };

    /// <summary>
    /// Networks whose published weights are for colours between −1 and 1; torchvision's GoogLeNet and Inception scale
    /// those of ImageNet's mean and deviation to them.
    /// </summary>
    private static readonly string[] BetweenMinusOneAndOne = ["efficientnet_v2_l", "googlenet", "inception_v3"];

    /// <summary>Classifiers that a published GoogLeNet has for its training only.</summary>
    private static readonly string[] ForTraining = ["aux1.", "aux2."];

    /// <summary>The names of architectures that are given together with a file of weights.</summary>
    public static IReadOnlyList<string> Names =>
        [.. VisionModel.Names.Concat(TorchVision.Keys).Order(StringComparer.Ordinal)];

    /// <summary>Fails where something is missing, before anything is loaded.</summary>
    public static void Check(ImageModelArguments arguments)
    {
        var model = arguments.Model;
        CheckFile("--labels", arguments.Labels);
        CheckFile("--weights", arguments.Weights);
        if (Directory.Exists(model) || IsOnnx(model))
        {
            return;
        }

        if (!Names.Contains(model))
        {
            var similar = Names
                .Where(name => name.StartsWith(model[..Math.Min(4, model.Length)], StringComparison.OrdinalIgnoreCase))
                .ToList();
            throw new BadInputException(
                $"'{model}' is no folder, no ONNX file, and no architecture for images; "
                    + (
                        similar.Count > 0
                            ? $"similar ones are {string.Join(", ", similar)}, 'lrp models' lists all."
                            : $"architectures are {string.Join(", ", Names)}."
                    )
            );
        }

        if (arguments.Weights is null)
        {
            throw new BadInputException($"{model} needs its weights: --weights FILE, a .pth or .safetensors file.");
        }
    }

    /// <summary>Opens a folder, an ONNX file, or an architecture with its weights.</summary>
    /// <param name="arguments">What the user gave; <see cref="Check"/> found nothing missing.</param>
    public static ImageModel Open(ImageModelArguments arguments) =>
        Directory.Exists(arguments.Model) ? OfFolder(arguments.Model, arguments)
        : IsOnnx(arguments.Model) ? OfOnnx(arguments.Model, arguments)
        : OfArchitecture(arguments.Model, arguments.Weights!, arguments);

    private static void CheckFile(string option, string? path)
    {
        if (path is not null && !File.Exists(path))
        {
            throw new BadInputException($"There is no file '{path}', which {option} names.");
        }
    }

    private static bool IsOnnx(string path) =>
        Path.GetExtension(path).Equals(".onnx", StringComparison.OrdinalIgnoreCase);

    private static ImageModel OfArchitecture(string name, string weights, ImageModelArguments arguments)
    {
        var labels = arguments.LabelsOrThoseBeside(weights);
        var classes = labels.Count > 0 ? labels.Count : 1000;
        nn.Module<Tensor, Tensor> network;
        try
        {
            network = VisionModel.Names.Contains(name)
                ? VisionModel.Load(name, weights, classes)
                : OfTorchVision(name, weights, classes);
        }
        catch (FormatException exception) when (exception.Message.Contains("does not fit", StringComparison.Ordinal))
        {
            throw new BadInputException(
                $"{exception.Message} Are they the weights of another architecture than {name} with {classes} classes"
                    + (labels.Count > 0 ? ", as many as its file of labels has lines?" : "?"),
                exception
            );
        }

        double[] half = [0.5, 0.5, 0.5];
        (double[], double[])? colors = BetweenMinusOneAndOne.Contains(name) ? (half, half) : null;
        return Of(name, network, arguments.Format(VisionModel.ImageSize(name), normalization: colors), labels);
    }

    private static nn.Module<Tensor, Tensor> OfTorchVision(string name, string weights, int classes)
    {
        using var file = Checkpoint.Open(weights);
        var network = TorchVision[name](classes);
        try
        {
            var isGoogLeNet = name == "googlenet";

            // Not strict: the advice to a strict caller is for programs.
            var (missing, unexpected) = network.LoadCheckpoint(
                file,
                strict: false,
                prefix: isGoogLeNet ? file.FindPrefix(network.state_dict().Keys) : null,
                rename: isGoogLeNet ? WithoutTraining : null
            );
            if (missing.Count + unexpected.Count > 0)
            {
                throw new FormatException(
                    $"'{weights}' does not fit {name}. Missing: {Some(missing)}. Not known: {Some(unexpected)}."
                );
            }

            network.eval();
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static string? WithoutTraining(string name) =>
        ForTraining.Any(part => name.StartsWith(part, StringComparison.Ordinal)) ? null : name;

    private static string Some(IReadOnlyList<string> names) =>
        names.Count == 0 ? "none" : string.Join(", ", names.Take(8)) + (names.Count > 8 ? ", …" : "");

    private static ImageModel OfFolder(string folder, ImageModelArguments arguments)
    {
        var normalization = FolderColors.Of(folder);
        var network = VisionModel.LoadFolder(folder);
        var (labels, size) = network switch
        {
            VisionTransformer transformer => (transformer.Labels, (int)transformer.ImageSize),
            SwinTransformer swin => (swin.Labels, (int)swin.ImageSize!),
            _ => throw new NotSupportedException($"{folder} has a {network.GetName()}."),
        };
        if (network.modules().OfType<TorchSharp.Modules.Conv2d>().First().in_channels is var colors and not 3)
        {
            network.Dispose();
            throw new BadInputException(
                $"'{folder}' has a network for images of {colors} colours, and photographs have 3; the library "
                    + "explains it for tensors of your own."
            );
        }

        if (normalization is null && (arguments.Mean is null || arguments.Deviation is null))
        {
            network.Dispose();
            throw new BadInputException(
                $"'{folder}' has no {FolderColors.FileName}, which says how colours are normalised: download it too, "
                    + "or give --mean and --std."
            );
        }

        var name = new DirectoryInfo(folder).Name;
        return Of(
            name,
            network,
            arguments.Format(size, size, normalization),
            arguments.Labels is null ? labels : arguments.LabelsOrThoseBeside(folder)
        );
    }

    private static ImageModel Of(
        string name,
        nn.Module<Tensor, Tensor> network,
        ImageFormat format,
        IReadOnlyList<string> labels
    )
    {
        var attends = network is VisionTransformer or SwinTransformer or ConvNeXt;
        return new ImageModel(name, network, network.call)
        {
            Format = format,
            Labels = labels,
            Complete = composite => attends ? composite : new Composite([new MergeBatchNorm()]) { composite },
            AttnLrp = attends ? () => VisionPresets.AttnLrp() : null,
            CpLrp = attends ? () => VisionPresets.CpLrp() : null,
            HasAttention = attends,
        };
    }

    private static ImageModel OfOnnx(string path, ImageModelArguments arguments)
    {
        var network = OnnxModel.Load(path);
        if (network.Inputs is not [{ Shape: [_, 3 or -1, var height, var width] }])
        {
            var inputs = string.Join(", ", network.Inputs.Select(input => $"{input.Name} {ShapeText.Of(input.Shape)}"));
            network.Dispose();
            throw new BadInputException(
                $"'{path}' takes no images of the shape N × 3 × H × W; its inputs are {inputs}."
            );
        }

        return new ImageModel(Path.GetFileName(path), network, network.call)
        {
            Format = arguments.Format(height > 0 ? (int)height : 224, width > 0 ? (int)width : 224),
            Labels = arguments.LabelsOrThoseBeside(path),
            Complete = composite => OnnxPresets.Complete(composite, network),
            AttnLrp = () => OnnxPresets.AttnLrp(),
            HasAttention = network.modules().Any(module => module is MatrixProduct),
        };
    }
}
