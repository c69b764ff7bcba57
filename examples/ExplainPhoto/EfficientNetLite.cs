using Lrp.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ExplainPhoto;

/// <summary>
/// EfficientNet-Lite0 (Google, 2020) for the 1000 classes of ImageNet, with the names of the Python package
/// efficientnet-lite-pytorch. Presets give a rule to the sums inside its blocks too.
/// </summary>
public sealed class EfficientNetLite : nn.Module<Tensor, Tensor>
{
    private const double Eps = 1e-3;

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

    private readonly SamePadding _pad = new(3, 2);
    private readonly Conv2d _conv_stem = nn.Conv2d(3, 32, 3, stride: 2, bias: false);
    private readonly BatchNorm2d _bn0 = nn.BatchNorm2d(32, eps: Eps);
    private readonly ReLU6 _act0 = nn.ReLU6();
    private readonly Sequential _blocks;
    private readonly Conv2d _conv_head = nn.Conv2d(320, 1280, 1, bias: false);
    private readonly BatchNorm2d _bn1 = nn.BatchNorm2d(1280, eps: Eps);
    private readonly ReLU6 _act1 = nn.ReLU6();
    private readonly AdaptiveAvgPool2d _pool = nn.AdaptiveAvgPool2d(1);
    private readonly Flatten _flatten = nn.Flatten();
    private readonly Linear _fc = nn.Linear(1280, 1000);

    /// <summary>Creates the network with random weights.</summary>
    public EfficientNetLite()
        : base(nameof(EfficientNetLite))
    {
        var blocks = new List<nn.Module<Tensor, Tensor>>();
        long before = 32;
        foreach (var stage in Stages)
        {
            for (var k = 0; k < stage.Repeats; k++)
            {
                blocks.Add(new Block(before, stage.Channels, stage.Expand, stage.Kernel, k == 0 ? stage.Stride : 1));
                before = stage.Channels;
            }
        }

        _blocks = nn.Sequential(blocks);
        RegisterComponents();
        eval();
    }

    /// <summary>Loads the published weights.</summary>
    /// <param name="path">The .pth file.</param>
    /// <param name="dtype">The element type of the parameters.</param>
    public static EfficientNetLite Load(string path, ScalarType dtype = ScalarType.Float32)
    {
        var network = new EfficientNetLite();
        network.to(dtype);
        network.LoadCheckpoint(path);
        return network;
    }

    /// <summary>Logits of images.</summary>
    /// <param name="input">N × 3 × 224 × 224, normalized.</param>
    /// <returns>N × 1000.</returns>
    public override Tensor forward(Tensor input)
    {
        var x = _blocks.call(_act0.call(_bn0.call(_conv_stem.call(_pad.call(input)))));
        return _fc.call(_flatten.call(_pool.call(_act1.call(_bn1.call(_conv_head.call(x))))));
    }

    /// <summary>TensorFlow's padding SAME: the smaller half is left and above.</summary>
    private sealed class SamePadding(long kernel, long stride) : nn.Module<Tensor, Tensor>(nameof(SamePadding))
    {
        public override Tensor forward(Tensor input)
        {
            var (height, width) = (Total(input.shape[2]), Total(input.shape[3]));
            return nn.functional.pad(input, [width / 2, width - (width / 2), height / 2, height - (height / 2)]);
        }

        private long Total(long size) => Math.Max((((size + stride - 1) / stride) - 1) * stride + kernel - size, 0);
    }

    /// <summary>An inverted bottleneck without squeeze and excitation.</summary>
    private sealed class Block : nn.Module<Tensor, Tensor>
    {
        private readonly Conv2d? _expand_conv;
        private readonly BatchNorm2d? _bn0;
        private readonly ReLU6? _act0;
        private readonly SamePadding _pad;
        private readonly Conv2d _depthwise_conv;
        private readonly BatchNorm2d _bn1;
        private readonly ReLU6 _act1 = nn.ReLU6();
        private readonly Conv2d _project_conv;
        private readonly BatchNorm2d _bn2;
        private readonly bool _isResidual;

        public Block(long input, long output, long expand, long kernel, long stride)
            : base(nameof(Block))
        {
            var inner = input * expand;
            if (expand > 1)
            {
                _expand_conv = nn.Conv2d(input, inner, 1, bias: false);
                _bn0 = nn.BatchNorm2d(inner, eps: Eps);
                _act0 = nn.ReLU6();
            }

            _pad = new SamePadding(kernel, stride);
            _depthwise_conv = nn.Conv2d(inner, inner, kernel, stride: stride, groups: inner, bias: false);
            _bn1 = nn.BatchNorm2d(inner, eps: Eps);
            _project_conv = nn.Conv2d(inner, output, 1, bias: false);
            _bn2 = nn.BatchNorm2d(output, eps: Eps);
            _isResidual = stride == 1 && input == output;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            var x = _expand_conv is null ? input : _act0!.call(_bn0!.call(_expand_conv.call(input)));
            x = _act1.call(_bn1.call(_depthwise_conv.call(_pad.call(x))));
            x = _bn2.call(_project_conv.call(x));
            return _isResidual ? x + input : x;
        }
    }
}
