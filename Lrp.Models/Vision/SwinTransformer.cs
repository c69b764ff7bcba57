using Lrp.Models.Vision.Parts;
using Lrp.Rules.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Models.Vision;

/// <summary>The sizes of a Swin transformer, by the names of torchvision's constructor.</summary>
public sealed record SwinOptions
{
    /// <summary>Height and width of a patch.</summary>
    public (long Height, long Width) PatchSize { get; init; } = (4, 4);

    /// <summary>The features of a position in the first stage; each stage has twice those of the one before.</summary>
    public long EmbedSize { get; init; } = 96;

    /// <summary>The number of blocks of each stage.</summary>
    public IReadOnlyList<int> Depths { get; init; } = [2, 2, 6, 2];

    /// <summary>The number of heads of each stage.</summary>
    public IReadOnlyList<long> Heads { get; init; } = [3, 6, 12, 24];

    /// <summary>Height and width of a window, in positions.</summary>
    public (long Height, long Width) WindowSize { get; init; } = (7, 7);

    /// <summary>The features between the two layers of a block's MLP, divided by those of a position.</summary>
    public double MlpRatio { get; init; } = 4;

    /// <summary>Added to the variance in layer normalisation.</summary>
    public double NormEps { get; init; } = 1e-5;

    /// <summary>The number of classes.</summary>
    public long Classes { get; init; } = 1000;
}

/// <summary>The Swin transformer (Liu et al. 2021), whose attention stays within windows of the image.</summary>
/// <remarks>The state dict has torchvision's names.</remarks>
public sealed class SwinTransformer : VisionNetwork
{
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

        var features = options.EmbedSize;
        var (height, width) = options.PatchSize;
        var parts = new List<nn.Module<Tensor, Tensor>>
        {
            nn.Sequential(
                nn.Conv2d(3, features, (height, width), (height, width)),
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

    private protected override Tensor Scores(Tensor images) =>
        _head.call(_avgpool.call(_permute.call(_norm.call(_features.call(images)))).flatten(1));

    private static TorchSharp.Modules.Sequential Stage(SwinOptions options, int stage, long features) =>
        nn.Sequential(
            Enumerable
                .Range(0, options.Depths[stage])
                .Select(k => new SwinBlock(
                    features,
                    options.Heads[stage],
                    options.WindowSize.Height,
                    options.WindowSize.Width,
                    k % 2 == 1,
                    (long)(features * options.MlpRatio),
                    options.NormEps
                ))
                .ToArray<nn.Module<Tensor, Tensor>>()
        );
}
