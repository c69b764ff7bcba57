using Lrp.Core;
using Lrp.Core.Functions;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>
/// y = c·x for complex numbers with a constant c, as a rotary embedding has it: a linear map of real and imaginary
/// parts. With q = Re R / Re y + i·Im R / Im y and g = c̄·q: Re R_x = Re x · Re g, Im R_x = Im x · Im g.
/// </summary>
/// <remarks>
/// The epsilon rule: Bach et al. 2015, equation 58. Relevance of a complex number has a part for each of its parts.
/// </remarks>
internal sealed class ComplexFactor(Stabilizer stabilizer) : FunctionPropagation
{
    public override string Name => "mul";

    public override Tensor Forward(IReadOnlyList<Tensor> operands) => operands[0].mul(operands[1]);

    public override IReadOnlyList<Tensor> Keep(IReadOnlyList<Tensor> operands) => operands;

    public override IReadOnlyList<Tensor?> Propagate(
        IReadOnlyList<Tensor> kept,
        Tensor relevance,
        IReadOnlyList<bool> wanted
    )
    {
        var result = new Tensor?[2];
        var k = wanted[0] ? 0 : 1;
        var (x, factor) = (kept[k], kept[1 - k]);
        var value = view_as_real(x.mul(factor));
        var quotient = view_as_complex(stabilizer.Divide(view_as_real(relevance.resolve_conj()), value));
        var gradient = quotient.mul(factor.conj()).resolve_conj();
        var parts = view_as_real(x.expand(gradient.shape).resolve_conj()).mul(view_as_real(gradient));
        result[k] = Broadcasting.SumTo(view_as_complex(parts), x.shape);
        return result;
    }
}
