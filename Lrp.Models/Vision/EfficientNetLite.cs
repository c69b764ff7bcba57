using Lrp.Models.Vision.Parts;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Models.Vision;

/// <summary>
/// EfficientNet-Lite0 (Google 2020): an EfficientNet without gates, with ReLU6, for 224 × 224 pixels.
/// </summary>
/// <remarks>The state dict has the names of the Python package efficientnet-lite-pytorch.</remarks>
public sealed class EfficientNetLite : VisionNetwork
{
    private static readonly NormOptions Norm = new(Eps: 1e-3, Momentum: 0.01);

    /// <summary>Expansion, kernel, stride, channels and repeats of each stage.</summary>
    private static readonly (long Expand, long Kernel, long Stride, long Channels, int Repeats)[] Stages =
    [
        (1, 3, 1, 16, 1),
        (6, 3, 2, 24, 2),
        (6, 5, 2, 40, 2),
        (6, 3, 2, 80, 3),
        (6, 5, 1, 112, 3),
        (6, 5, 2, 192, 4),
        (6, 3, 1, 320, 1),
    ];

    [ComponentName(Name = "_pad")]
    private readonly SamePadding _padding = new(3, 2);

    [ComponentName(Name = "_conv_stem")]
    private readonly Conv2d _stem = nn.Conv2d(3, 32, 3, stride: 2, bias: false);

    [ComponentName(Name = "_bn0")]
    private readonly BatchNorm2d _stemNorm = Norm.Of(32);

    [ComponentName(Name = "_act0")]
    private readonly ReLU6 _stemActivation = nn.ReLU6();

    [ComponentName(Name = "_blocks")]
    private readonly Sequential _blocks;

    [ComponentName(Name = "_conv_head")]
    private readonly Conv2d _head = nn.Conv2d(320, 1280, 1, bias: false);

    [ComponentName(Name = "_bn1")]
    private readonly BatchNorm2d _headNorm = Norm.Of(1280);

    [ComponentName(Name = "_act1")]
    private readonly ReLU6 _headActivation = nn.ReLU6();

    [ComponentName(Name = "_pool")]
    private readonly AdaptiveAvgPool2d _pool = nn.AdaptiveAvgPool2d(1);

    [ComponentName(Name = "_flatten")]
    private readonly Flatten _flatten = nn.Flatten();

    [ComponentName(Name = "_fc")]
    private readonly Linear _classifier;

    /// <summary>Creates the network with random weights.</summary>
    /// <param name="classes">The number of classes.</param>
    public EfficientNetLite(long classes = 1000)
        : base(nameof(EfficientNetLite))
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        var blocks = new List<nn.Module<Tensor, Tensor>>();
        long before = 32;
        foreach (var (expand, kernel, stride, channels, repeats) in Stages)
        {
            for (var k = 0; k < repeats; k++)
            {
                blocks.Add(new PaddedBottleneck(before, channels, expand, kernel, k == 0 ? stride : 1, Norm));
                before = channels;
            }
        }

        _blocks = nn.Sequential(blocks);
        _classifier = nn.Linear(1280, classes);
        RegisterComponents();
        RegisterEnds();
    }

    private protected override Tensor Scores(Tensor images)
    {
        var x = _blocks.call(_stemActivation.call(_stemNorm.call(_stem.call(_padding.call(images)))));
        x = _headActivation.call(_headNorm.call(_head.call(x)));
        return _classifier.call(_flatten.call(_pool.call(x)));
    }
}
