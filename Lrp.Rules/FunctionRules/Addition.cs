using Lrp.Core;
using Lrp.Core.Functions;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>a + f·b. Epsilon: R_a = a·R / (a + f·b), R_b = f·b·R / (a + f·b). Uniform: equal shares.</summary>
/// <remarks>Bach et al. 2015, equation 16; AttnLRP (Achtibat et al. 2024), equations 7 and 8.</remarks>
internal sealed class Addition(double factor, Stabilizer stabilizer, bool uniform) : FunctionPropagation
{
    private long[][] _shapes = [];

    public override string Name => factor < 0 ? "sub" : "add";

    public override Tensor Forward(IReadOnlyList<Tensor> operands)
    {
        _shapes = [.. operands.Select(operand => operand.shape)];
        return Sum(operands[0], operands[1]);
    }

    public override IReadOnlyList<Tensor> Keep(IReadOnlyList<Tensor> operands) => uniform ? [] : operands;

    public override IReadOnlyList<Tensor?> Propagate(
        IReadOnlyList<Tensor> kept,
        Tensor relevance,
        IReadOnlyList<bool> wanted
    )
    {
        if (uniform)
        {
            var equal = relevance.div(wanted.Count(w => w));
            return [.. wanted.Select((w, k) => w ? Broadcasting.SumTo(equal, _shapes[k]) : null)];
        }
        var sum = Sum(kept[0], kept[1]);
        var quotient = stabilizer.Divide(relevance, sum);
        // A masked score is -inf and has no share; 0 / inf times inf would say NaN.
        var infinite = sum.isinf();
        var masked = infinite.any().ToBoolean();
        return [wanted[0] ? Part(kept[0], 1, 0) : null, wanted[1] ? Part(kept[1], factor, 1) : null];

        Tensor Part(Tensor operand, double scale, int k)
        {
            var share = quotient.mul(operand);
            if (scale != 1)
            {
                share.mul_(scale);
            }

            if (masked)
            {
                share.masked_fill_(infinite, 0);
            }

            return Broadcasting.SumTo(share, _shapes[k]);
        }
    }

    private Tensor Sum(Tensor a, Tensor b) =>
        factor switch
        {
            1 => a.add(b),
            -1 => a.sub(b),
            _ => a.add(b, factor),
        };
}
