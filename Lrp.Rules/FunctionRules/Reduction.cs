using Lrp.Core;
using Lrp.Core.Functions;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>A sum or a mean over dimensions. With z = Σx over them: R_i = x_i·R / z.</summary>
/// <remarks>The epsilon rule of a linear map with equal weights: Bach et al. 2015, equation 16.</remarks>
internal sealed class Reduction(bool mean, long[]? dimensions, bool keepdim, Stabilizer stabilizer, ScalarType? dtype)
    : FunctionPropagation
{
    public override string Name => mean ? "mean" : "sum";

    public override Tensor Forward(IReadOnlyList<Tensor> operands)
    {
        var all = Shapes.Dimensions(dimensions, operands[0].dim());
        return mean ? operands[0].mean(all, keepdim, dtype) : operands[0].sum(all, keepdim, dtype);
    }

    public override IReadOnlyList<Tensor> Keep(IReadOnlyList<Tensor> operands) => operands;

    public override IReadOnlyList<Tensor?> Propagate(
        IReadOnlyList<Tensor> kept,
        Tensor relevance,
        IReadOnlyList<bool> wanted
    )
    {
        var x = kept[0];
        var all = Shapes.Dimensions(dimensions, x.dim());
        var sum = x.sum(all, keepdim);
        var quotient = stabilizer.Divide(relevance, sum).reshape(Shapes.Reduced(x.shape, all));
        var share = quotient.mul(x);
        return [share.dtype == x.dtype ? share : share.to_type(x.dtype)];
    }
}
