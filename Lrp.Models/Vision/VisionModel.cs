using System.Text.RegularExpressions;
using Lrp.Checkpoints;
using Lrp.Models.Transformers.Configurations;
using TorchSharp;

namespace Lrp.Models.Vision;

/// <summary>The networks for images that are here, by torchvision's names, and efficientnet_lite0.</summary>
/// <remarks>
/// The NuGet package TorchVision has others, such as ResNet, VGG, MobileNet and Inception. ViT, DeiT and Swin in
/// Hugging Face's form are loaded by <see cref="LoadFolder"/>.
/// </remarks>
/// <example>
/// <code>
/// using var network = VisionModel.Load("convnext_tiny", "convnext_tiny.safetensors");
/// using var registration = VisionPresets.AttnLrp(gammaConvolution: 0.25).Register(network);
/// </code>
/// </example>
public static partial class VisionModel
{
    /// <summary>A table of Swin, which follows from the size of its windows.</summary>
    internal const string RelativePositions = ".relative_position_index";

    private const string Counter = ".num_batches_tracked";

    /// <summary>The names that <see cref="Create"/> knows.</summary>
    public static IReadOnlyCollection<string> Names => [.. VisionArchitectures.All.Keys];

    /// <summary>The height and the width of the images that the published weights of a network are for.</summary>
    /// <param name="name">Its name; one that is not here has 224, the most common size.</param>
    public static int ImageSize(string name) => VisionArchitectures.ImageSizes.GetValueOrDefault(name, 224);

    /// <summary>Creates a network with random weights.</summary>
    /// <param name="name">torchvision's name, such as <c>densenet121</c>.</param>
    /// <param name="classes">The number of classes.</param>
    /// <returns>The network, in training mode.</returns>
    /// <exception cref="ArgumentException">There is no network of that name; the message lists those that
    /// are.</exception>
    public static VisionNetwork Create(string name, long classes = 1000)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        return VisionArchitectures.All.TryGetValue(name, out var create)
            ? create(classes)
            : throw new ArgumentException(
                $"There is no network {name} here; there are {string.Join(", ", Names)}. The package TorchVision has "
                    + "others, such as torchvision.models.resnet50().",
                nameof(name)
            );
    }

    /// <summary>Creates a network and loads torchvision's weights.</summary>
    /// <param name="name">torchvision's name.</param>
    /// <param name="path">
    /// A .pth or safetensors file with torchvision's names of tensors; for <c>efficientnet_lite0</c> with those of the
    /// Python package efficientnet-lite-pytorch.
    /// </param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="dtype">The element type of the weights; they are converted.</param>
    /// <returns>The network, in evaluation mode.</returns>
    /// <exception cref="ArgumentException">There is no network of that name.</exception>
    /// <exception cref="CheckpointException">
    /// The file is damaged, or names or shapes differ; the message lists them.
    /// </exception>
    public static VisionNetwork Load(
        string name,
        string path,
        long classes = 1000,
        torch.ScalarType dtype = torch.ScalarType.Float32
    )
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        using var file = Checkpoint.Open(path);
        return VisionNetwork.Filled(
            Create(name, classes),
            dtype,
            network =>
            {
                var (missing, unexpected) = network.LoadCheckpoint(file, strict: false, rename: Renamed);
                ThrowIfIncomplete(name, path, missing, unexpected);
            }
        );
    }

    /// <summary>
    /// Loads a folder as the Hugging Face hub has it: <c>config.json</c> of a ViT, a DeiT or a Swin for image
    /// classification, and <c>model.safetensors</c>.
    /// </summary>
    /// <param name="folder">The folder's path.</param>
    /// <param name="dtype">The element type of the weights; they are converted.</param>
    /// <returns>
    /// A <see cref="VisionTransformer"/> or a <see cref="SwinTransformer"/>, in evaluation mode.
    /// </returns>
    /// <exception cref="FileNotFoundException">A file is missing; the message says which.</exception>
    /// <exception cref="NotSupportedException">
    /// The architecture, or a value in the configuration, is not known.
    /// </exception>
    /// <exception cref="CheckpointException">
    /// The weights do not fit the configuration; the message lists names and shapes.
    /// </exception>
    public static VisionNetwork LoadFolder(string folder, torch.ScalarType dtype = torch.ScalarType.Float32)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        var config = ModelConfig.OfFolder(folder);
        var transformers = VisionTransformerFolder.Architectures;
        return config.Architecture switch
        {
            SwinFolder.Architecture => SwinTransformer.Load(folder, dtype),
            { } name when transformers.ContainsKey(name) => VisionTransformer.Load(folder, dtype),
            _ => throw HubNames.Unknown(config, [.. transformers.Keys, SwinFolder.Architecture]),
        };
    }

    /// <summary>
    /// The name of a tensor today: DenseNet's published files have <c>denselayer1.norm.1.weight</c> for
    /// <c>denselayer1.norm1.weight</c>; files of a model that was trained on several devices, or compiled, have
    /// <c>module.</c> or <c>_orig_mod.</c> before each name.
    /// </summary>
    internal static string Renamed(string name) => OldDenseLayer().Replace(Wrapper().Replace(name, ""), "$1$2");

    /// <summary>Fails where tensors are missing or not known, save those that nothing here needs from a file.</summary>
    internal static void ThrowIfIncomplete(
        string name,
        string path,
        IReadOnlyList<string> missing,
        IReadOnlyList<string> unexpected
    )
    {
        var needed = missing
            .Where(key => !key.EndsWith(Counter, StringComparison.Ordinal))
            .Where(key => !key.EndsWith(RelativePositions, StringComparison.Ordinal))
            .ToList();
        if (needed.Count > 0 || unexpected.Count > 0)
        {
            throw new CheckpointException(
                $"{path} does not fit {name}. Missing: {Listed(needed)}. Not known: {Listed(unexpected)}."
            );
        }
    }

    private static string Listed(IReadOnlyCollection<string> keys) =>
        keys.Count == 0 ? "none" : string.Join(", ", keys);

    [GeneratedRegex(@"(?<=denselayer\d+\.)(norm|relu|conv)\.([12])(?=\.)")]
    private static partial Regex OldDenseLayer();

    [GeneratedRegex(@"^((module|_orig_mod)\.)+")]
    private static partial Regex Wrapper();
}
