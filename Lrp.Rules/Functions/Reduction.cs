using Lrp.Core.Functions;
using static TorchSharp.torch;

namespace Lrp.Rules;

/// <summary>A sum or a mean over dimensions. With z = Σx over them: R_i = x_i·R / z.</summary>
/// <remarks>The epsilon rule of a linear map with equal weights: Bach et al. 2015, equation 16.</remarks>
internal sealed class Reduction(bool mean, long[]? dimensions, bool keepdim, double epsilon, ScalarType? dtype) : FunctionPropagation
{
    public override string Name => mean ? "mean" : "sum";

    public override Tensor Forward(IReadOnlyList<Tensor> operands)
    {
        var all = Shares.Dimensions(dimensions, operands[0].dim());
        return mean ? operands[0].mean(all, keepdim, dtype) : operands[0].sum(all, keepdim, dtype);
    }

    public override IReadOnlyList<Tensor> Keep(IReadOnlyList<Tensor> operands) => operands;

    public override IReadOnlyList<Tensor?> Share(IReadOnlyList<Tensor> kept, Tensor relevance, IReadOnlyList<bool> wanted)
    {
        var x = kept[0];
        var all = Shares.Dimensions(dimensions, x.dim());
        var sum = x.sum(all, keepdim: true);
        var quotient = Shares.Quotient(relevance.reshape(Shares.Reduced(x.shape, all)), sum, epsilon);
        var share = quotient.mul(x);
        return [share.dtype == x.dtype ? share : share.to_type(x.dtype)];
    }
}
