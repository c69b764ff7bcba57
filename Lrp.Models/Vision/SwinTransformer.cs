using Lrp.Models.Layers;
using Lrp.Models.Vision.Parts;
using Lrp.Rules.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Models.Vision;

/// <summary>The Swin transformer (Liu et al. 2021), whose attention stays within windows of the image.</summary>
/// <remarks>
/// The state dict has torchvision's names. <see cref="Load"/> reads a folder of the Hugging Face hub, whose names it
/// translates.
/// </remarks>
public sealed class SwinTransformer : VisionNetwork
{
    private readonly long _channels;
    private readonly long _patch;

    [ComponentName(Name = "features")]
    private readonly TorchSharp.Modules.Sequential _features;

    [ComponentName(Name = "norm")]
    private readonly AffineLayerNorm _norm;

    [ComponentName(Name = "permute")]
    private readonly Permute _permute = new(0, 3, 1, 2);

    [ComponentName(Name = "avgpool")]
    private readonly TorchSharp.Modules.AdaptiveAvgPool2d _avgpool = nn.AdaptiveAvgPool2d(1);

    [ComponentName(Name = "head")]
    private readonly TorchSharp.Modules.Linear _head;

    /// <summary>Creates the network.</summary>
    /// <param name="options">Its sizes.</param>
    /// <exception cref="ArgumentException">Depths and heads are given for different numbers of stages.</exception>
    /// <exception cref="NotSupportedException">The activation is not known.</exception>
    public SwinTransformer(SwinOptions options)
        : base(nameof(SwinTransformer))
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Depths.Count != options.Heads.Count || options.Depths.Count == 0)
        {
            throw new ArgumentException(
                $"Depths has {options.Depths.Count} stages and Heads {options.Heads.Count}; give one of each for every "
                    + "stage."
            );
        }

        (_channels, _patch) = (options.Channels, options.PatchSize.Height);
        var features = options.EmbedSize;
        var (height, width) = options.PatchSize;
        var parts = new List<nn.Module<Tensor, Tensor>>
        {
            nn.Sequential(
                nn.Conv2d(_channels, features, (height, width), (height, width)),
                new Permute(0, 2, 3, 1),
                new AffineLayerNorm(features, options.NormEps)
            ),
        };
        for (var stage = 0; stage < options.Depths.Count; stage++)
        {
            if (stage > 0)
            {
                parts.Add(new PatchMerging(features, options.NormEps));
                features *= 2;
            }

            parts.Add(Stage(options, stage, features));
        }

        _features = nn.Sequential(parts);
        _norm = new AffineLayerNorm(features, options.NormEps);
        _head = nn.Linear(features, options.Classes);
        RegisterComponents();
        RegisterEnds();
    }

    /// <summary>The names of the classes, where the folder that was loaded has them.</summary>
    public IReadOnlyList<string> Labels { get; internal init; } = [];

    /// <summary>
    /// The height and the width of the images that the weights of a folder are for; null for weights of torchvision.
    /// </summary>
    public long? ImageSize { get; internal init; }

    private protected override long Channels => _channels;

    /// <summary>
    /// Loads a folder as the Hugging Face hub has it: <c>config.json</c> of a Swin for image classification, and
    /// <c>model.safetensors</c>.
    /// </summary>
    /// <param name="folder">The folder's path.</param>
    /// <param name="dtype">The element type of the weights; they are converted.</param>
    /// <returns>The network, in evaluation mode.</returns>
    /// <exception cref="FileNotFoundException">A file is missing; the message says which.</exception>
    /// <exception cref="NotSupportedException">
    /// The architecture, or a value in the configuration, is not known.
    /// </exception>
    /// <exception cref="Checkpoints.CheckpointException">
    /// The weights do not fit the configuration; the message lists names and shapes.
    /// </exception>
    public static SwinTransformer Load(string folder, ScalarType dtype = ScalarType.Float32)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        return SwinFolder.Load(folder, dtype);
    }

    /// <summary>
    /// Hugging Face's Swin shifts the windows of both directions or of none, torchvision's each direction by itself:
    /// that is the same for squares only. Where patches do not divide an image, one pads it and the other cuts it.
    /// </summary>
    private protected override void ThrowIfUnfit(long height, long width)
    {
        if (ImageSize is { } size && (height != width || height % _patch != 0))
        {
            throw new ArgumentException(
                $"This Swin takes square images whose sides are multiples of {_patch}, best of {size} × {size}, and "
                    + $"these are {height} × {width}; resize them."
            );
        }
    }

    private protected override Tensor Scores(Tensor images) =>
        _head.call(_avgpool.call(_permute.call(_norm.call(_features.call(images)))).flatten(1));

    private static TorchSharp.Modules.Sequential Stage(SwinOptions options, int stage, long features)
    {
        var windows = new WindowOptions(
            options.WindowSize.Height,
            options.WindowSize.Width,
            options.SeparateProjections,
            options.ProjectionBias
        );
        return nn.Sequential(
            Enumerable
                .Range(0, options.Depths[stage])
                .Select(k => new SwinBlock(
                    features,
                    options.Heads[stage],
                    k % 2 == 1,
                    windows,
                    (long)(features * options.MlpRatio),
                    options.NormEps,
                    () => Activations.Create(options.Activation)
                ))
                .ToArray<nn.Module<Tensor, Tensor>>()
        );
    }
}
