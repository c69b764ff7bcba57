using Lrp.Core;
using Lrp.Core.Functions;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>y = x·Wᵀ + b. R_x = x · (R / y)·W; weight and bias take none, the bias's part is absorbed.</summary>
/// <remarks>The epsilon rule: Bach et al. 2015, equation 16.</remarks>
internal sealed class LinearFunction(Stabilizer stabilizer) : FunctionPropagation
{
    private readonly KeptOutput _kept = new();
    private Tensor? _product;

    public override string Name => "linear";

    public static Tensor Run(RuleSite? site, Tensor input, Tensor weights, Tensor? bias, Stabilizer stabilizer) =>
        new LinearFunction(stabilizer).Run(site, [.. new[] { input, weights, bias }.OfType<Tensor>()]);

    /// <summary>The same where x·Wᵀ has been computed already.</summary>
    public static Tensor Join(
        RuleSite? site,
        Tensor input,
        Tensor weights,
        Tensor product,
        Tensor bias,
        Stabilizer stabilizer
    ) => new LinearFunction(stabilizer) { _product = product }.Run(site, input, weights, bias);

    public override Tensor Forward(IReadOnlyList<Tensor> operands)
    {
        var product = _product;
        _product = null;
        return product?.add(operands[2])
            ?? nn.functional.linear(operands[0], operands[1], operands.Count > 2 ? operands[2] : null);
    }

    public override IReadOnlyList<Tensor> Keep(IReadOnlyList<Tensor> operands) => operands;

    public override void OnForward(Tensor output) => _kept.Keep(output);

    public override IReadOnlyList<Tensor?> Propagate(
        IReadOnlyList<Tensor> kept,
        Tensor relevance,
        IReadOnlyList<bool> wanted
    )
    {
        var shares = new Tensor?[kept.Count];
        if (wanted[0])
        {
            var output = _kept.Take(() => Forward(kept));
            shares[0] = stabilizer.Divide(relevance, output).matmul(kept[1]).mul_(kept[0]);
        }
        return shares;
    }
}
