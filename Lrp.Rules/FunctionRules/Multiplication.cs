using Lrp.Core.Functions;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>a·b: the factors that carry relevance take equal shares of it; a constant factor takes none.</summary>
/// <remarks>AttnLRP, proposition 3.2.</remarks>
internal sealed class Multiplication : FunctionPropagation
{
    private long[][] _shapes = [];

    public override string Name => "mul";

    public override Tensor Forward(IReadOnlyList<Tensor> operands)
    {
        _shapes = [.. operands.Select(operand => operand.shape)];
        return operands[0].mul(operands[1]);
    }

    public override IReadOnlyList<Tensor?> Propagate(
        IReadOnlyList<Tensor> kept,
        Tensor relevance,
        IReadOnlyList<bool> wanted
    )
    {
        var factors = wanted.Count(w => w);
        var equal = factors == 1 ? relevance.alias() : relevance.div(factors);
        return [.. wanted.Select((w, k) => w ? Broadcasting.SumTo(equal, _shapes[k]) : null)];
    }
}
