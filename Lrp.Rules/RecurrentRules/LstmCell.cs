using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Rules.RecurrentRules;

/// <summary>i, f, g, o = gates; c' = f ⊙ c + i ⊙ g; h' = o ⊙ tanh(c').</summary>
internal sealed class LstmCell : RecurrentCell
{
    public override bool HasCell => true;

    public override int Signal => 2;

    public override void Step(Tensor gates, StepState past, StepState next, DirectionWeights weights)
    {
        var size = weights.Size;
        gates.addmm_(past.Hidden, weights.Hidden.t());
        Gate(gates, 0, size, count: 2).sigmoid_();
        Gate(gates, 3, size).sigmoid_();
        var signal = Gate(gates, 2, size).tanh();
        next.Cell!.copy_(signal.mul_(Gate(gates, 0, size)).add_(past.Cell!.mul(Gate(gates, 1, size))));
        next.Hidden.copy_(next.Cell.tanh().mul_(Gate(gates, 3, size)));
    }

    public override StepShares Shares(StepValues values, Stabilizer stabilizer)
    {
        using var scope = NewDisposeScope();
        var size = values.Hidden.shape[^1];
        var cell = Denominator(values.Cell!, stabilizer);
        var before = Gate(values.Gates, 2, size);
        var signal = before.tanh().div_(Denominator(before, stabilizer)).mul_(Gate(values.Gates, 0, size)).div_(cell);
        var kept = values.PastCell!.mul(Gate(values.Gates, 1, size)).div_(cell);
        return new StepShares(signal.MoveToOuterDisposeScope(), kept.MoveToOuterDisposeScope(), null);
    }
}
