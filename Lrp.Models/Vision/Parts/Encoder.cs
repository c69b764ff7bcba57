using Lrp.Core;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Models.Vision.Parts;

/// <summary>Positions added to tokens, blocks and a last norm, with torchvision's names.</summary>
internal sealed class Encoder : nn.Module<Tensor, Tensor>, INeedsNoInterception
{
    [ComponentName(Name = "pos_embedding")]
    private readonly Parameter _positions;

    [ComponentName(Name = "add")]
    private readonly Rules.Modules.Add _add = new() { OnlyWhileRegistered = true };

    [ComponentName(Name = "layers")]
    private readonly Sequential _layers;

    [ComponentName(Name = "ln")]
    private readonly Rules.Modules.AffineLayerNorm _norm;

    public Encoder(long positions, long features, double normEps, IEnumerable<EncoderBlock> blocks)
        : base(nameof(Encoder))
    {
        _positions = new Parameter(nn.init.normal_(empty(1, positions, features), 0, 0.02));
        _layers = nn.Sequential([
            .. blocks.Select((block, k) => ($"encoder_layer_{k}", (nn.Module<Tensor, Tensor>)block)),
        ]);
        _norm = new Rules.Modules.AffineLayerNorm(features, normEps);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => _norm.call(_layers.call(_add.call(input, _positions)));
}
