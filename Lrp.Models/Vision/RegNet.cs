using Lrp.Models.Vision.Parts;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Models.Vision;

/// <summary>One stage of a RegNet.</summary>
/// <param name="Blocks">The number of blocks.</param>
/// <param name="Width">Channels.</param>
/// <param name="GroupWidth">Channels in a group of the grouped convolution.</param>
/// <param name="BottleneckMultiplier">Channels inside a block, divided by the width.</param>
/// <param name="Stride">The stride of the first block.</param>
public sealed record RegNetStage(
    int Blocks,
    long Width,
    long GroupWidth,
    double BottleneckMultiplier = 1,
    long Stride = 2
);

/// <summary>The sizes of a RegNet.</summary>
public sealed record RegNetOptions
{
    /// <summary>The stages.</summary>
    public required IReadOnlyList<RegNetStage> Stages { get; init; }

    /// <summary>Channels inside a gate, divided by those that enter its block; null for no gates (RegNetX).</summary>
    public double? SqueezeRatio { get; init; }

    /// <summary>Channels of the first convolution.</summary>
    public long StemWidth { get; init; } = 32;

    /// <summary>Added to the variance in batch normalisation.</summary>
    public double NormEps { get; init; } = 1e-5;

    /// <summary>The number of classes.</summary>
    public long Classes { get; init; } = 1000;

    /// <summary>
    /// Stages whose widths follow a quantised line: w_j = w_0 + w_a·j, rounded to w_0·w_m^s for whole s and to
    /// multiples of eight (Radosavovic et al. 2020, equations 2 to 4).
    /// </summary>
    /// <param name="depth">The number of all blocks.</param>
    /// <param name="initialWidth">w_0.</param>
    /// <param name="slope">w_a.</param>
    /// <param name="multiplier">w_m.</param>
    /// <param name="groupWidth">Channels in a group, where the stage has as many.</param>
    /// <returns>The stages.</returns>
    public static IReadOnlyList<RegNetStage> StagesOf(
        int depth,
        double initialWidth,
        double slope,
        double multiplier,
        long groupWidth
    )
    {
        const double Multiple = 8;
        var widths = Enumerable
            .Range(0, depth)
            .Select(j =>
            {
                var exponent = Math.Round(Math.Log((initialWidth + slope * j) / initialWidth) / Math.Log(multiplier));
                return (long)(Math.Round(initialWidth * Math.Pow(multiplier, exponent) / Multiple) * Multiple);
            })
            .ToList();
        return
        [
            .. widths
                .Distinct()
                .Select(width =>
                {
                    var group = Math.Min(groupWidth, width);
                    return new RegNetStage(widths.Count(other => other == width), NearestMultiple(width, group), group);
                }),
        ];
    }

    /// <summary>torchvision's _make_divisible: the nearest multiple, but never less than nine tenths.</summary>
    private static long NearestMultiple(long width, long divisor)
    {
        var rounded = Math.Max(divisor, (long)(width + divisor / 2.0) / divisor * divisor);
        return rounded < 0.9 * width ? rounded + divisor : rounded;
    }
}

/// <summary>RegNetX and RegNetY (Radosavovic et al. 2020).</summary>
/// <remarks>The state dict has torchvision's names.</remarks>
public sealed class RegNet : VisionNetwork
{
    [ComponentName(Name = "stem")]
    private readonly Sequential _stem;

    [ComponentName(Name = "trunk_output")]
    private readonly Sequential _trunk;

    [ComponentName(Name = "avgpool")]
    private readonly AdaptiveAvgPool2d _avgpool = nn.AdaptiveAvgPool2d(1);

    [ComponentName(Name = "fc")]
    private readonly Linear _fc;

    /// <summary>Creates the network.</summary>
    /// <param name="options">Its sizes.</param>
    public RegNet(RegNetOptions options)
        : base(nameof(RegNet))
    {
        ArgumentNullException.ThrowIfNull(options);
        var norm = new NormOptions(options.NormEps);
        _stem = ConvolutionBlock.Of(3, options.StemWidth, norm, () => nn.ReLU(), 3, 2);
        var width = options.StemWidth;
        var stages = new List<(string, nn.Module<Tensor, Tensor>)>();
        foreach (var stage in options.Stages)
        {
            stages.Add(($"block{stages.Count + 1}", Stage(stages.Count + 1, width, stage, options, norm)));
            width = stage.Width;
        }

        _trunk = nn.Sequential([.. stages]);
        _fc = nn.Linear(width, options.Classes);
        RegisterComponents();
        RegisterEnds();
    }

    private protected override Tensor Scores(Tensor images) =>
        _fc.call(_avgpool.call(_trunk.call(_stem.call(images))).flatten(1));

    private static Sequential Stage(int number, long width, RegNetStage stage, RegNetOptions options, NormOptions norm)
    {
        var inner = (long)Math.Round(stage.Width * stage.BottleneckMultiplier);
        var blocks = new List<(string, nn.Module<Tensor, Tensor>)>();
        for (var k = 0; k < stage.Blocks; k++)
        {
            var input = k == 0 ? width : stage.Width;
            var squeezed = options.SqueezeRatio is { } ratio ? (long)Math.Round(ratio * input) : default(long?);
            var stride = k == 0 ? stage.Stride : 1;
            var block = new ResidualBottleneck(input, stage.Width, stride, stage.GroupWidth, inner, squeezed, norm);
            blocks.Add(($"block{number}-{k}", block));
        }

        return nn.Sequential([.. blocks]);
    }
}
