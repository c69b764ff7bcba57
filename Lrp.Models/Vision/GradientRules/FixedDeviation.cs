using Lrp.Core;
using Lrp.Models.Methods;
using Lrp.Rules.Modules;
using static TorchSharp.torch;

namespace Lrp.Models.Vision.GradientRules;

/// <summary>
/// Layer normalisation with its standard deviation as a constant and its mean linear: with v = G·w/σ the gradient of
/// the input is v − mean v (Achtibat et al. 2024, proposition 3.4 and equation 8).
/// </summary>
/// <param name="explicitly">
/// Stabilizes R / y where relevance travels in place of a gradient: G = R / y, and the input takes x·(v − mean v). Null
/// for the efficient form.
/// </param>
internal sealed class FixedDeviation(Stabilizer? explicitly = null) : BackwardRule
{
    public override string? Validate(nn.Module module) =>
        module is AffineLayerNorm ? null : $"it is a rule for {nameof(AffineLayerNorm)}.";

    public override RuleNeeds NeedsFor(nn.Module module) =>
        explicitly is null ? RuleNeeds.Input : RuleNeeds.Input | RuleNeeds.Output;

    public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call)
    {
        var norm = (AffineLayerNorm)call.Module;
        long feature = norm.ChannelsFirst ? 1 : -1;
        var input = call.Input.detach();
        var gradient = explicitly is null ? call.Relevance : explicitly.Divide(call.Relevance, call.Output.detach());
        var inverse = Deviation.Inverse(input, [feature], norm.Eps);
        var weight = norm.Weight.detach();
        if (norm.ChannelsFirst)
        {
            weight = weight.reshape([-1, .. Enumerable.Repeat(1L, (int)input.dim() - 2)]);
        }

        var scaled = gradient.mul(weight).mul_(inverse);
        var centred = scaled.sub(scaled.mean([feature], keepdim: true));
        return [explicitly is null ? centred : centred.mul_(input)];
    }

    public override string ToString() =>
        explicitly is null ? nameof(FixedDeviation) : $"{nameof(FixedDeviation)}(explicit)";
}
