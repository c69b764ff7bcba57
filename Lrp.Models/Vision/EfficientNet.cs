using Lrp.Models.Vision.Parts;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Models.Vision;

/// <summary>One stage of an EfficientNet before it is scaled: torchvision's MBConvConfig or
/// FusedMBConvConfig.</summary>
/// <param name="Expand">How many times more channels a block has inside.</param>
/// <param name="Kernel">The size of its convolution.</param>
/// <param name="Stride">The stride of the first block.</param>
/// <param name="Input">Channels that enter.</param>
/// <param name="Output">Channels that leave.</param>
/// <param name="Blocks">The number of blocks.</param>
/// <param name="Fused">Whether one convolution stands for the first two, without a gate.</param>
public sealed record EfficientNetStage(
    double Expand,
    long Kernel,
    long Stride,
    long Input,
    long Output,
    int Blocks,
    bool Fused = false
);

/// <summary>The sizes of an EfficientNet.</summary>
public sealed record EfficientNetOptions
{
    /// <summary>The seven stages of EfficientNet b0 to b7, which differ in width and depth only.</summary>
    public static IReadOnlyList<EfficientNetStage> StandardStages { get; } =
    [
        new(1, 3, 1, 32, 16, 1),
        new(6, 3, 2, 16, 24, 2),
        new(6, 5, 2, 24, 40, 2),
        new(6, 3, 2, 40, 80, 3),
        new(6, 5, 1, 80, 112, 3),
        new(6, 5, 2, 112, 192, 4),
        new(6, 3, 1, 192, 320, 1),
    ];

    /// <summary>The stages, before they are scaled.</summary>
    public IReadOnlyList<EfficientNetStage> Stages { get; init; } = StandardStages;

    /// <summary>Multiplies the channels; the results are rounded to multiples of eight.</summary>
    public double Width { get; init; } = 1;

    /// <summary>Multiplies the numbers of blocks; the results are rounded up.</summary>
    public double Depth { get; init; } = 1;

    /// <summary>The probability of dropout before the last layer, in training.</summary>
    public double Dropout { get; init; } = 0.2;

    /// <summary>The channels of the last convolution; null for four times those that enter it.</summary>
    public long? LastChannels { get; init; }

    /// <summary>Added to the variance in batch normalisation.</summary>
    public double NormEps { get; init; } = 1e-5;

    /// <summary>The weight of a new batch in the running statistics of batch normalisation.</summary>
    public double NormMomentum { get; init; } = 0.1;

    /// <summary>The number of classes.</summary>
    public long Classes { get; init; } = 1000;
}

/// <summary>EfficientNet (Tan and Le 2019) and its second version (Tan and Le 2021).</summary>
/// <remarks>The state dict has torchvision's names.</remarks>
public sealed class EfficientNet : VisionNetwork
{
    [ComponentName(Name = "features")]
    private readonly Sequential _features;

    [ComponentName(Name = "avgpool")]
    private readonly AdaptiveAvgPool2d _avgpool = nn.AdaptiveAvgPool2d(1);

    [ComponentName(Name = "classifier")]
    private readonly Sequential _classifier;

    /// <summary>Creates the network.</summary>
    /// <param name="options">Its sizes.</param>
    public EfficientNet(EfficientNetOptions options)
        : base(nameof(EfficientNet))
    {
        ArgumentNullException.ThrowIfNull(options);
        var norm = new NormOptions(options.NormEps, options.NormMomentum);
        var first = ChannelCount.Of(options.Stages[0].Input, options.Width);
        var parts = new List<nn.Module<Tensor, Tensor>> { ConvolutionBlock.Of(3, first, norm, () => nn.SiLU(), 3, 2) };
        parts.AddRange(options.Stages.Select(stage => Stage(stage, options, norm)));
        var input = ChannelCount.Of(options.Stages[^1].Output, options.Width);
        var output = options.LastChannels ?? 4 * input;
        parts.Add(ConvolutionBlock.Of(input, output, norm, () => nn.SiLU(), 1));
        _features = nn.Sequential(parts);
        _classifier = nn.Sequential(nn.Dropout(options.Dropout), nn.Linear(output, options.Classes));
        RegisterComponents();
        RegisterEnds();
    }

    private protected override Tensor Scores(Tensor images) =>
        _classifier.call(_avgpool.call(_features.call(images)).flatten(1));

    private static Sequential Stage(EfficientNetStage stage, EfficientNetOptions options, NormOptions norm)
    {
        var input = ChannelCount.Of(stage.Input, options.Width);
        var output = ChannelCount.Of(stage.Output, options.Width);
        var blocks = (int)Math.Ceiling(stage.Blocks * options.Depth);
        return nn.Sequential(
            Enumerable
                .Range(0, blocks)
                .Select(k => new InvertedBottleneck(
                    k == 0 ? input : output,
                    output,
                    stage.Expand,
                    stage.Kernel,
                    k == 0 ? stage.Stride : 1,
                    stage.Fused,
                    norm
                ))
                .ToArray<nn.Module<Tensor, Tensor>>()
        );
    }
}
