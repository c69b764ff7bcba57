using Lrp.Models.Vision.Parts;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Models.Vision;

/// <summary>The sizes of a DenseNet, by the names of torchvision's constructor.</summary>
public sealed record DenseNetOptions
{
    /// <summary>How many channels each layer adds.</summary>
    public long GrowthRate { get; init; } = 32;

    /// <summary>The number of layers of each block.</summary>
    public IReadOnlyList<int> BlockConfig { get; init; } = [6, 12, 24, 16];

    /// <summary>The channels of the first convolution.</summary>
    public long InitialFeatures { get; init; } = 64;

    /// <summary>A layer's first convolution has this times the growth rate of channels.</summary>
    public long BottleneckSize { get; init; } = 4;

    /// <summary>The number of classes.</summary>
    public long Classes { get; init; } = 1000;
}

/// <summary>DenseNet (Huang et al. 2017): each layer is given the outputs of all layers before it in its
/// block.</summary>
/// <remarks>The state dict has torchvision's names.</remarks>
public sealed class DenseNet : VisionNetwork
{
    [ComponentName(Name = "features")]
    private readonly Sequential _features;

    [ComponentName(Name = "relu")]
    private readonly ReLU _relu = nn.ReLU();

    [ComponentName(Name = "avgpool")]
    private readonly AdaptiveAvgPool2d _avgpool = nn.AdaptiveAvgPool2d(1);

    [ComponentName(Name = "classifier")]
    private readonly Linear _classifier;

    /// <summary>Creates the network.</summary>
    /// <param name="options">Its sizes.</param>
    public DenseNet(DenseNetOptions options)
        : base(nameof(DenseNet))
    {
        ArgumentNullException.ThrowIfNull(options);
        var channels = options.InitialFeatures;
        var growth = options.GrowthRate;
        var parts = new List<(string, nn.Module<Tensor, Tensor>)>
        {
            ("conv0", nn.Conv2d(3, channels, 7, 2, 3, bias: false)),
            ("norm0", nn.BatchNorm2d(channels)),
            ("relu0", nn.ReLU()),
            ("pool0", nn.MaxPool2d(3, 2, 1)),
        };
        for (var block = 1; block <= options.BlockConfig.Count; block++)
        {
            var layers = options.BlockConfig[block - 1];
            parts.Add(
                ($"denseblock{block}", new DenseBlock(layers, channels, growth, options.BottleneckSize * growth))
            );
            channels += layers * growth;
            if (block < options.BlockConfig.Count)
            {
                parts.Add(($"transition{block}", Transition(channels)));
                channels /= 2;
            }
        }

        parts.Add(("norm5", nn.BatchNorm2d(channels)));
        _features = nn.Sequential([.. parts]);
        _classifier = nn.Linear(channels, options.Classes);
        RegisterComponents();
        RegisterEnds();
    }

    private protected override Tensor Scores(Tensor images) =>
        _classifier.call(_avgpool.call(_relu.call(_features.call(images))).flatten(1));

    private static Sequential Transition(long channels) =>
        nn.Sequential(
            ("norm", nn.BatchNorm2d(channels)),
            ("relu", nn.ReLU()),
            ("conv", nn.Conv2d(channels, channels / 2, 1, bias: false)),
            ("pool", nn.AvgPool2d(2, 2))
        );
}
