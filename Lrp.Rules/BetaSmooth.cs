using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Rules;

/// <summary>
/// The gradient of softplus in place of ReLU's: R_in = sigmoid(β·x) R_out.
/// </summary>
/// <remarks>Dombrowski et al. 2019, "Explanations can be manipulated and geometry is to blame".</remarks>
public sealed class BetaSmooth : RectifierRule
{
    /// <summary>Creates the rule.</summary>
    /// <param name="beta">β &gt; 0; ReLU's own gradient is the limit of large β.</param>
    public BetaSmooth(double beta = 10)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(beta);
        Beta = beta;
    }

    /// <summary>β.</summary>
    public double Beta { get; }

    /// <inheritdoc/>
    public override RuleNeeds NeedsFor(nn.Module module) => RuleNeeds.Input;

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return [OfFunction(call.Input, call.Relevance)];
    }

    /// <inheritdoc/>
    internal override Tensor OfFunction(Tensor input, Tensor relevance) => input.mul(Beta).sigmoid_().mul_(relevance);

    /// <inheritdoc/>
    public override string ToString() => Formatting.Describe(nameof(BetaSmooth), false, ("beta", Beta));
}
