using Lrp.Core;
using Lrp.Core.Functions;
using Lrp.Core.Lineage;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>Scaled dot-product attention out of functions that have rules: products, a scale, a softmax.</summary>
/// <remarks>
/// AttnLRP, section 3.3. The fused kernels of libtorch compute it in one step, to which no rules for its parts can be
/// applied.
/// </remarks>
internal static class Attention
{
    public static Tensor Run(
        RuleSite? site,
        Tensor query,
        Tensor key,
        Tensor value,
        Tensor? mask,
        double dropout,
        bool causal,
        double? scale,
        Stabilizer stabilizer
    )
    {
        var scaled = scale is { } factor
            ? new Multiplication().Run(site, query, Number(factor, query))
            : new Division().Run(site, query, Number(Math.Sqrt(query.shape[^1]), query));
        var scores = new MatrixProduct(stabilizer).Run(site, scaled, key.transpose(-2, -1));
        if (causal)
        {
            if (mask is not null)
            {
                throw new ArgumentException("An attention mask cannot be given together with is_causal.");
            }

            var later = ones(scores.shape[^2], scores.shape[^1], dtype: ScalarType.Bool, device: scores.device)
                .tril()
                .logical_not();
            scores = scores.masked_fill(later, double.NegativeInfinity);
        }
        if (mask is not null)
        {
            scores =
                mask.dtype == ScalarType.Bool
                    ? scores.masked_fill(mask.logical_not(), double.NegativeInfinity)
                    : new Addition(1, stabilizer, uniform: false).Run(site, scores, mask);
        }
        var weights = Softmax(site, scores);
        if (site is not null && !weights.requires_grad)
        {
            var trace = ForwardTrace.Of(site);
            trace.Constants.AddRange(new[] { query, key }.Select(trace.Lineage.Find).OfType<TensorFact>());
        }

        if (dropout > 0)
        {
            weights = new IdentityFunction("dropout", x => nn.functional.dropout(x, dropout, training: true)).Run(
                site,
                weights
            );
        }

        return new MatrixProduct(stabilizer).Run(site, weights, value);
    }

    /// <summary>The softmax has the rule of the composite's entry for it, AttnLRP's where it has none.</summary>
    private static Tensor Softmax(RuleSite? site, Tensor scores) =>
        (site is null ? null : ForwardTrace.Of(site).Inner(OperatorNames.Softmax, () => scores.softmax(-1)))
        ?? new SoftmaxFunction(-1, 1, null).Run(site, scores);

    /// <summary>A number as a tensor without dimensions, beside a tensor.</summary>
    public static Tensor Number(double number, Tensor beside) =>
        full([], number, dtype: beside.dtype, device: beside.device);
}
