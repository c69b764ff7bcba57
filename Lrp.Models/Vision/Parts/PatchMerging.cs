using Lrp.Core;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Models.Vision.Parts;

/// <summary>Four neighbouring positions become one with twice the features, with torchvision's names.</summary>
internal sealed class PatchMerging : nn.Module<Tensor, Tensor>, INeedsNoInterception
{
    [ComponentName(Name = "reduction")]
    private readonly Linear _reduction;

    [ComponentName(Name = "norm")]
    private readonly Rules.Modules.AffineLayerNorm _norm;

    [ComponentName(Name = "pad")]
    private readonly ZeroPad _pad = new(image => [0, 0, 0, image.shape[2] % 2, 0, image.shape[1] % 2]);

    public PatchMerging(long features, double normEps)
        : base(nameof(PatchMerging))
    {
        _reduction = nn.Linear(4 * features, 2 * features, hasBias: false);
        _norm = new Rules.Modules.AffineLayerNorm(4 * features, normEps);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        var padded = _pad.call(input);
        var (samples, height, width, features) = (
            padded.shape[0],
            padded.shape[1] / 2,
            padded.shape[2] / 2,
            padded.shape[3]
        );

        // Of each two by two: the left column from top to bottom, then the right one.
        var merged = padded
            .reshape(samples, height, 2, width, 2, features)
            .permute(0, 1, 3, 4, 2, 5)
            .reshape(samples, height, width, 4 * features);
        return _reduction.call(_norm.call(merged));
    }
}
