using Lrp.Core;
using Lrp.Core.Functions;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>
/// y = log softmax(x). With q = R / y and s = e^y: R_i = x_i (q_i − s_i Σ_j q_j), and no share where x_i is masked by
/// −inf.
/// </summary>
/// <remarks>
/// Deep Taylor decomposition at x with bias, R_i = Σ_j J_ji x_i R_j / y_j: AttnLRP (Achtibat et al. 2024), equation 5,
/// as its proposition 3.1 for the softmax.
/// </remarks>
internal sealed class LogSoftmaxFunction(long dimension, Stabilizer stabilizer, ScalarType? dtype) : FunctionPropagation
{
    private readonly KeptOutput _kept = new();

    public override string Name => "log_softmax";

    public override Tensor Forward(IReadOnlyList<Tensor> operands) => operands[0].log_softmax(dimension, dtype);

    public override IReadOnlyList<Tensor> Keep(IReadOnlyList<Tensor> operands) => operands;

    public override void OnForward(Tensor output) => _kept.Keep(output);

    public override IReadOnlyList<Tensor?> Propagate(
        IReadOnlyList<Tensor> kept,
        Tensor relevance,
        IReadOnlyList<bool> wanted
    )
    {
        var x = kept[0];
        var y = _kept.Take(() => Forward(kept));
        var quotient = stabilizer.Divide(relevance, y);
        var present = x.masked_fill(x.isneginf(), 0).to(quotient.dtype);
        var share = quotient.sub(y.exp().mul(quotient.sum(dimension, keepdim: true))).mul_(present);
        return [share.dtype == x.dtype ? share : share.to_type(x.dtype)];
    }
}
