using Lrp.Core;
using Lrp.Core.Functions;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>
/// A linear function y = f(x) of its first operand, such as an average pool, an interpolation or a convolution; other
/// operands are its weights. With its derivative J: R_x = x · Jᵀ (R / y).
/// </summary>
/// <remarks>
/// The epsilon rule: Bach et al. 2015, equation 58. Nothing but the operands is kept; the function runs once more in
/// the backward pass, which costs little beside the layers around it.
/// </remarks>
internal sealed class LinearOperator(string name, Func<IReadOnlyList<Tensor>, Tensor> function, Stabilizer stabilizer)
    : FunctionPropagation
{
    public override string Name => name;

    public override Tensor Forward(IReadOnlyList<Tensor> operands) => function(operands);

    public override IReadOnlyList<Tensor> Keep(IReadOnlyList<Tensor> operands) => operands;

    public override IReadOnlyList<Tensor?> Propagate(
        IReadOnlyList<Tensor> kept,
        Tensor relevance,
        IReadOnlyList<bool> wanted
    )
    {
        var x = kept[0].detach();
        var leaf = x.detach().requires_grad_();
        Tensor value;
        using (enable_grad())
        {
            value = function([leaf, .. kept.Skip(1)]);
        }

        // Adding zero turns −0 into +0, whose sign counts as positive.
        var quotient = stabilizer.Divide(relevance, value.detach().add(0), owned: true);
        return [VectorJacobian.Product(value, leaf, quotient)?.mul_(x), .. kept.Skip(1).Select(_ => (Tensor?)null)];
    }
}
