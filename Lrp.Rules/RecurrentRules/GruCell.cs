using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Rules.RecurrentRules;

/// <summary>r, z = gates; h' = (1 − z) ⊙ n + z ⊙ h with n = tanh(W x + b + r ⊙ (U h + b')).</summary>
internal sealed class GruCell : RecurrentCell
{
    public override int Signal => 2;

    public override Tensor? Bias(DirectionWeights weights) => weights.InputBias;

    public override void Step(Tensor gates, StepState past, StepState next, DirectionWeights weights)
    {
        var size = weights.Size;
        var recurrent = weights.HiddenBias is null
            ? past.Hidden.mm(weights.Hidden.t())
            : addmm(weights.HiddenBias, past.Hidden, weights.Hidden.t(), 1, 1);
        Gate(gates, 0, size, count: 2).add_(Gate(recurrent, 0, size, count: 2)).sigmoid_();
        var signal = Gate(gates, 2, size).add_(Gate(recurrent, 2, size).mul_(Gate(gates, 0, size))).tanh();
        next.Hidden.copy_(signal.lerp_(past.Hidden, Gate(gates, 1, size)));
    }

    public override StepShares Shares(StepValues values, Stabilizer stabilizer)
    {
        using var scope = NewDisposeScope();
        var size = values.Hidden.shape[^1];
        var hidden = Denominator(values.Hidden, stabilizer);
        var update = Gate(values.Gates, 1, size);
        var before = Gate(values.Gates, 2, size);
        var signal = before.tanh().div_(Denominator(before, stabilizer)).mul_(1 - update).div_(hidden);
        var kept = values.PastHidden.mul(update).div_(hidden);
        return new StepShares(
            signal.MoveToOuterDisposeScope(),
            kept.MoveToOuterDisposeScope(),
            Gate(values.Gates, 0, size).clone().MoveToOuterDisposeScope()
        );
    }
}
