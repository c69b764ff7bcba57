using Lrp.Core;
using Lrp.Core.Functions;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>
/// y = (x − mean x) / σ · w + b, with σ taken as a constant. With v = R·w / (y·σ): R_x = x · (v − mean v).
/// </summary>
/// <remarks>The identity rule on 1/σ (AttnLRP, proposition 3.4) and the epsilon rule on the linear rest.</remarks>
internal sealed class LayerNormalization(long[] shape, double variance, Stabilizer stabilizer) : FunctionPropagation
{
    private bool _weight;
    private bool _bias;

    public override string Name => "layer_norm";

    /// <summary>Operands: x, and weight and bias where there are any.</summary>
    public static Tensor Run(
        RuleSite? site,
        Tensor x,
        long[] shape,
        Tensor? weight,
        Tensor? bias,
        double variance,
        Stabilizer stabilizer
    ) =>
        new LayerNormalization(shape, variance, stabilizer)
        {
            _weight = weight is not null,
            _bias = bias is not null,
        }.Run(site, [.. new[] { x, weight, bias }.OfType<Tensor>()]);

    public override Tensor Forward(IReadOnlyList<Tensor> operands) =>
        nn.functional.layer_norm(operands[0], shape, Weight(operands), Bias(operands), variance);

    public override IReadOnlyList<Tensor> Keep(IReadOnlyList<Tensor> operands) => operands;

    public override IReadOnlyList<Tensor?> Propagate(
        IReadOnlyList<Tensor> kept,
        Tensor relevance,
        IReadOnlyList<bool> wanted
    )
    {
        var shares = new Tensor?[kept.Count];
        if (!wanted[0])
        {
            return shares;
        }

        var x = kept[0];
        var dimensions = Enumerable.Range((int)x.dim() - shape.Length, shape.Length).Select(d => (long)d).ToArray();
        var centred = x.sub(x.mean(dimensions, keepdim: true));
        var scale = centred.square().mean(dimensions, keepdim: true).add_(variance).rsqrt_();
        if (Weight(kept) is { } weight)
        {
            scale = scale.mul(weight);
        }

        var y = centred.mul(scale);
        if (Bias(kept) is { } bias)
        {
            y.add_(bias);
        }

        var v = stabilizer.Divide(relevance, y).mul_(scale);
        shares[0] = v.sub_(v.mean(dimensions, keepdim: true)).mul_(x);
        return shares;
    }

    private Tensor? Weight(IReadOnlyList<Tensor> operands) => _weight ? operands[1] : null;

    private Tensor? Bias(IReadOnlyList<Tensor> operands) => _bias ? operands[_weight ? 2 : 1] : null;
}
