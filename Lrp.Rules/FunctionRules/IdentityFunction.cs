using Lrp.Core.Functions;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>
/// Any function of one tensor that passes all its relevance on to it: R_x = R, entry by entry, summed where it was
/// broadcast.
/// </summary>
/// <remarks>AttnLRP, equation 9 and proposition 3.4.</remarks>
internal sealed class IdentityFunction(string name, Func<Tensor, Tensor> function) : FunctionPropagation
{
    private long[] _shape = [];

    public override string Name => name;

    public override Tensor Forward(IReadOnlyList<Tensor> operands)
    {
        _shape = operands[0].shape;
        return function(operands[0]);
    }

    public override IReadOnlyList<Tensor?> Propagate(
        IReadOnlyList<Tensor> kept,
        Tensor relevance,
        IReadOnlyList<bool> wanted
    ) => [Broadcasting.SumTo(relevance.alias(), _shape)];
}
