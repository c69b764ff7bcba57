using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Rules.RecurrentRules;

/// <summary>h' = f(W x + U h + b), f being tanh or ReLU.</summary>
internal sealed class ElmanCell : RecurrentCell
{
    private readonly Func<Tensor, Tensor> _activation;

    private ElmanCell(Func<Tensor, Tensor> activation) => _activation = activation;

    public static ElmanCell Tanh { get; } = new(values => values.tanh());

    public static ElmanCell Rectified { get; } = new(values => values.relu());

    public override int Signal => 0;

    public override void Step(Tensor gates, StepState past, StepState next, DirectionWeights weights) =>
        next.Hidden.copy_(_activation(gates.addmm_(past.Hidden, weights.Hidden.t())));

    public override StepShares Shares(StepValues values, Stabilizer stabilizer)
    {
        using var scope = NewDisposeScope();
        var signal = Denominator(values.Gates, stabilizer).reciprocal_();
        return new StepShares(signal.MoveToOuterDisposeScope(), null, null);
    }
}
