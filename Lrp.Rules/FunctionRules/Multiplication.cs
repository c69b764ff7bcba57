using Lrp.Core.Functions;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>a·b: the factors that carry relevance take equal shares of it; a constant factor takes none.</summary>
/// <remarks>AttnLRP, proposition 3.2.</remarks>
/// <param name="isGate">
/// Asked on the way back whether an operand turned out to be a gate, which takes no relevance; null where none can.
/// </param>
internal sealed class Multiplication(Func<int, bool>? isGate = null) : FunctionPropagation
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
        if (isGate is not null)
        {
            wanted = [.. wanted.Select((w, k) => w && !isGate(k))];
        }

        var factors = wanted.Count(w => w);
        if (factors == 0)
        {
            return [null, null];
        }

        var equal = factors == 1 ? relevance.alias() : relevance.div(factors);
        return [.. wanted.Select((w, k) => w ? Broadcasting.SumTo(equal, _shapes[k]) : null)];
    }
}
