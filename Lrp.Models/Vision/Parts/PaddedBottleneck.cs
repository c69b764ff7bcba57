using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Models.Vision.Parts;

/// <summary>
/// The block of EfficientNet-Lite: more channels, a convolution of each channel, and fewer channels again, without a
/// gate. Where the shape stays, the input is added.
/// </summary>
internal sealed class PaddedBottleneck : nn.Module<Tensor, Tensor>, INetworkBlock
{
    [ComponentName(Name = "_expand_conv")]
    private readonly Conv2d? _expand;

    [ComponentName(Name = "_bn0")]
    private readonly BatchNorm2d? _expandNorm;

    [ComponentName(Name = "_act0")]
    private readonly ReLU6? _expandActivation;

    [ComponentName(Name = "_pad")]
    private readonly SamePadding _padding;

    [ComponentName(Name = "_depthwise_conv")]
    private readonly Conv2d _depthwise;

    [ComponentName(Name = "_bn1")]
    private readonly BatchNorm2d _norm;

    [ComponentName(Name = "_act1")]
    private readonly ReLU6 _activation = nn.ReLU6();

    [ComponentName(Name = "_project_conv")]
    private readonly Conv2d _project;

    [ComponentName(Name = "_bn2")]
    private readonly BatchNorm2d _projectNorm;

    [ComponentName(Name = "add")]
    private readonly Rules.Modules.Add? _add;

    public PaddedBottleneck(long input, long output, long expand, long kernel, long stride, NormOptions norm)
        : base(nameof(PaddedBottleneck))
    {
        var inner = input * expand;
        if (expand > 1)
        {
            _expand = nn.Conv2d(input, inner, 1, bias: false);
            _expandNorm = norm.Of(inner);
            _expandActivation = nn.ReLU6();
        }

        _padding = new SamePadding(kernel, stride);
        _depthwise = nn.Conv2d(inner, inner, kernel, stride: stride, groups: inner, bias: false);
        _norm = norm.Of(inner);
        _project = nn.Conv2d(inner, output, 1, bias: false);
        _projectNorm = norm.Of(output);
        _add = stride == 1 && input == output ? new Rules.Modules.Add { OnlyWhileRegistered = true } : null;
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        var x = _expand is null ? input : _expandActivation!.call(_expandNorm!.call(_expand.call(input)));
        x = _activation.call(_norm.call(_depthwise.call(_padding.call(x))));
        x = _projectNorm.call(_project.call(x));
        return _add is null ? x : _add.call(x, input);
    }
}
