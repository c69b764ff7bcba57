using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Models.Vision.Parts;

/// <summary>The block of Swin, with torchvision's names.</summary>
internal sealed class SwinBlock : TransformerBlock
{
    [ComponentName(Name = "norm1")]
    private readonly Rules.Modules.AffineLayerNorm _norm1;

    [ComponentName(Name = "attn")]
    private readonly WindowAttention _attention;

    [ComponentName(Name = "windows")]
    private readonly ShiftedWindows _windows;

    [ComponentName(Name = "add1")]
    private readonly Rules.Modules.Add _add1 = new() { OnlyWhileRegistered = true };

    [ComponentName(Name = "norm2")]
    private readonly Rules.Modules.AffineLayerNorm _norm2;

    [ComponentName(Name = "mlp")]
    private readonly Sequential _mlp;

    [ComponentName(Name = "add2")]
    private readonly Rules.Modules.Add _add2 = new() { OnlyWhileRegistered = true };

    /// <param name="features">Of a position.</param>
    /// <param name="heads">Of attention.</param>
    /// <param name="isShifted">Whether windows are shifted by half of their size.</param>
    /// <param name="windows">What attention is like.</param>
    /// <param name="inner">Features between the layers of the MLP.</param>
    /// <param name="normEps">Added to the variance.</param>
    /// <param name="activation">Makes the activation of the MLP.</param>
    public SwinBlock(
        long features,
        long heads,
        bool isShifted,
        WindowOptions windows,
        long inner,
        double normEps,
        Func<nn.Module<Tensor, Tensor>> activation
    )
        : base(nameof(SwinBlock))
    {
        _norm1 = new Rules.Modules.AffineLayerNorm(features, normEps);
        _attention = new WindowAttention(features, heads, windows);
        _windows = new ShiftedWindows(_attention.call, windows.Height, windows.Width, isShifted);
        _norm2 = new Rules.Modules.AffineLayerNorm(features, normEps);
        _mlp = Mlp(features, inner, activation);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        var attended = _add1.call(input, _windows.call(_norm1.call(input)));
        return _add2.call(attended, _mlp.call(_norm2.call(attended)));
    }
}
