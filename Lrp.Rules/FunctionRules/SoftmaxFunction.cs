using Lrp.Core.Functions;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>
/// s = softmax(x / T). With z = x / T: R_i = z_i (R_i − s_i Σ_j R_j), and no share where z_i is masked by −inf.
/// </summary>
/// <remarks>Deep Taylor decomposition at x with bias: AttnLRP, proposition 3.1.</remarks>
/// <param name="dimension">The dimension over which the weights sum to one.</param>
/// <param name="temperature">T.</param>
/// <param name="dtype">The element type of the value; null for that of the scores.</param>
/// <param name="computed">The value, where the model has computed it from the scores already.</param>
internal sealed class SoftmaxFunction(long dimension, double temperature, ScalarType? dtype, Tensor? computed = null)
    : FunctionPropagation
{
    private Tensor? _computed = computed;

    private readonly KeptOutput _kept = new();

    public override string Name => "softmax";

    public override Tensor Forward(IReadOnlyList<Tensor> operands)
    {
        if (_computed is { } value)
        {
            _computed = null;
            return value;
        }

        var scores = operands[0];
        if (temperature == 1)
        {
            return scores.softmax(dimension, dtype);
        }

        using var scaled = scores.div(temperature);
        return scaled.softmax(dimension, dtype);
    }

    public override IReadOnlyList<Tensor> Keep(IReadOnlyList<Tensor> operands) => operands;

    public override void OnForward(Tensor output) => _kept.Keep(output);

    public override IReadOnlyList<Tensor?> Propagate(
        IReadOnlyList<Tensor> kept,
        Tensor relevance,
        IReadOnlyList<bool> wanted
    )
    {
        var scores = kept[0];
        var weights = _kept.Take(() => Forward(kept));
        // The lowest number of a wide type, which masks as well, becomes −inf in a narrow one.
        var z = scores.dtype == relevance.dtype ? scores : scores.to_type(relevance.dtype);
        z = z.masked_fill(z.isneginf(), 0);
        if (temperature != 1)
        {
            z.div_(temperature);
        }

        var share = relevance.sub(weights.mul(relevance.sum(dimension, keepdim: true))).mul_(z);
        return [share.dtype == scores.dtype ? share : share.to_type(scores.dtype)];
    }
}
