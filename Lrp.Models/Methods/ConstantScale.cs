using Lrp.Core;
using Lrp.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Models.Methods;

/// <summary>
/// A norm whose dividing factor is a constant: with v = g · w / σ, v − mean v for layer normalization, v without a
/// mean. </summary>
/// <remarks>The identity rule on 1/σ: AttnLRP, proposition 3.4.</remarks>
internal sealed class ConstantScale : GradientChange
{
    public override RuleNeeds Needs => RuleNeeds.Input;

    public override IReadOnlyList<Tensor> Change(RelevanceCall call, Tensor gradient)
    {
        var input = call.Input.detach();
        return
        [
            call.Module is RmsNorm rms ? Change(rms, input, gradient) : Change((LayerNorm)call.Module, input, gradient),
        ];
    }

    public override string ToString() => "constant scale";

    private static Tensor Change(RmsNorm norm, Tensor input, Tensor gradient) =>
        gradient.mul(norm.Factor()).mul_(norm.InverseNorm(input));

    private static Tensor Change(LayerNorm norm, Tensor input, Tensor gradient)
    {
        long[] dimensions = [.. norm.normalized_shape.Select((_, k) => -1L - k)];
        var inverse = Deviation.Inverse(input, dimensions, norm.eps);
        var scaled = norm.weight is { } weight ? gradient.mul(weight).mul_(inverse) : gradient.mul(inverse);
        return scaled.sub_(scaled.mean(dimensions, keepdim: true));
    }
}
