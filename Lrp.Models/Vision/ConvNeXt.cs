using Lrp.Models.Vision.Parts;
using Lrp.Rules.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Models.Vision;

/// <summary>One stage of a ConvNeXt: torchvision's CNBlockConfig.</summary>
/// <param name="Input">The channels of its blocks.</param>
/// <param name="Output">Channels behind the halving of the image that follows; null where none follows.</param>
/// <param name="Blocks">The number of blocks.</param>
public sealed record ConvNeXtStage(long Input, long? Output, int Blocks);

/// <summary>The sizes of a ConvNeXt.</summary>
public sealed record ConvNeXtOptions
{
    /// <summary>The stages.</summary>
    public required IReadOnlyList<ConvNeXtStage> Stages { get; init; }

    /// <summary>What the factor of each block's output is in the beginning.</summary>
    public double LayerScale { get; init; } = 1e-6;

    /// <summary>Added to the variance in layer normalisation.</summary>
    public double NormEps { get; init; } = 1e-6;

    /// <summary>The number of classes.</summary>
    public long Classes { get; init; } = 1000;
}

/// <summary>ConvNeXt (Liu et al. 2022).</summary>
/// <remarks>The state dict has torchvision's names.</remarks>
public sealed class ConvNeXt : VisionNetwork
{
    [ComponentName(Name = "features")]
    private readonly TorchSharp.Modules.Sequential _features;

    [ComponentName(Name = "avgpool")]
    private readonly TorchSharp.Modules.AdaptiveAvgPool2d _avgpool = nn.AdaptiveAvgPool2d(1);

    [ComponentName(Name = "classifier")]
    private readonly TorchSharp.Modules.Sequential _classifier;

    /// <summary>Creates the network.</summary>
    /// <param name="options">Its sizes.</param>
    public ConvNeXt(ConvNeXtOptions options)
        : base(nameof(ConvNeXt))
    {
        ArgumentNullException.ThrowIfNull(options);
        var first = options.Stages[0].Input;
        AffineLayerNorm Norm(long channels) => new(channels, options.NormEps, channelsFirst: true);
        var parts = new List<nn.Module<Tensor, Tensor>> { nn.Sequential(nn.Conv2d(3, first, 4, 4), Norm(first)) };
        foreach (var stage in options.Stages)
        {
            parts.Add(
                nn.Sequential(
                    Enumerable
                        .Range(0, stage.Blocks)
                        .Select(_ => new ConvNeXtBlock(stage.Input, options.LayerScale, options.NormEps))
                        .ToArray<nn.Module<Tensor, Tensor>>()
                )
            );
            if (stage.Output is { } output)
            {
                parts.Add(nn.Sequential(Norm(stage.Input), nn.Conv2d(stage.Input, output, 2, 2)));
            }
        }

        var last = options.Stages[^1].Output ?? options.Stages[^1].Input;
        _features = nn.Sequential(parts);
        _classifier = nn.Sequential(Norm(last), nn.Flatten(1), nn.Linear(last, options.Classes));
        RegisterComponents();
        RegisterEnds();
    }

    private protected override Tensor Scores(Tensor images) => _classifier.call(_avgpool.call(_features.call(images)));
}
