using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Models.Vision.Parts;

/// <summary>
/// One block of a transformer with norms before its parts: attention and an MLP, each added to what it was given.
/// </summary>
internal abstract class TransformerBlock(string name) : nn.Module<Tensor, Tensor>(name), INetworkBlock
{
    /// <summary>Two linear layers with an activation between them, named as in torchvision's MLP.</summary>
    protected static Sequential Mlp(long features, long inner, Func<nn.Module<Tensor, Tensor>> activation) =>
        nn.Sequential(("0", nn.Linear(features, inner)), ("1", activation()), ("3", nn.Linear(inner, features)));
}

/// <summary>The block of ViT, with torchvision's names.</summary>
internal sealed class EncoderBlock : TransformerBlock
{
    [ComponentName(Name = "ln_1")]
    private readonly Rules.Modules.AffineLayerNorm _norm1;

    [ComponentName(Name = "self_attention")]
    private readonly SelfAttention _attention;

    [ComponentName(Name = "add_1")]
    private readonly Rules.Modules.Add _add1 = new() { OnlyWhileRegistered = true };

    [ComponentName(Name = "ln_2")]
    private readonly Rules.Modules.AffineLayerNorm _norm2;

    [ComponentName(Name = "mlp")]
    private readonly Sequential _mlp;

    [ComponentName(Name = "add_2")]
    private readonly Rules.Modules.Add _add2 = new() { OnlyWhileRegistered = true };

    public EncoderBlock(
        long features,
        long inner,
        double normEps,
        SelfAttention attention,
        Func<nn.Module<Tensor, Tensor>> activation
    )
        : base(nameof(EncoderBlock))
    {
        _norm1 = new Rules.Modules.AffineLayerNorm(features, normEps);
        _attention = attention;
        _norm2 = new Rules.Modules.AffineLayerNorm(features, normEps);
        _mlp = Mlp(features, inner, activation);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        var attended = _add1.call(_attention.call(_norm1.call(input)), input);
        return _add2.call(attended, _mlp.call(_norm2.call(attended)));
    }
}
