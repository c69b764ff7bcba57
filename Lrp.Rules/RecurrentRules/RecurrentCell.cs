using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Rules.RecurrentRules;

/// <summary>One kind of recurrent step. The signal v comes last among its gates, save in an LSTM.</summary>
internal abstract class RecurrentCell
{
    /// <summary>Whether there is a cell state beside the hidden state.</summary>
    public virtual bool HasCell => false;

    /// <summary>Which of the gates is the signal.</summary>
    public abstract int Signal { get; }

    /// <summary>What is added to W x for all time steps at once; null for nothing.</summary>
    public virtual Tensor? Bias(DirectionWeights weights) =>
        weights is { InputBias: { } input, HiddenBias: { } hidden } ? input.add(hidden) : weights.InputBias;

    /// <summary>One step.</summary>
    /// <param name="gates">
    /// W x with <see cref="Bias"/>, shape (batch, gates·hidden); changed to the gates' values and to v.
    /// </param>
    /// <param name="past">The state before the step.</param>
    /// <param name="next">Is filled with the state after the step.</param>
    /// <param name="weights">The weights.</param>
    public abstract void Step(Tensor gates, StepState past, StepState next, DirectionWeights weights);

    /// <summary>The shares of all time steps at once.</summary>
    public abstract StepShares Shares(StepValues values, Stabilizer stabilizer);

    /// <summary>The part of a tensor's last dimension that belongs to a gate.</summary>
    protected static Tensor Gate(Tensor gates, int first, long size, int count = 1) =>
        gates.narrow(-1, first * size, count * size);

    /// <summary>
    /// Stabilized denominators; infinite where <see cref="Stabilizer.Divide"/> gives zero for a denominator of zero.
    /// </summary>
    /// <param name="values">Shape (time, batch, hidden); each step of a sample counts as a sample.</param>
    /// <param name="stabilizer">The formula.</param>
    protected static Tensor Denominator(Tensor values, Stabilizer stabilizer)
    {
        var stabilized = stabilizer.Apply(values.reshape(-1, values.shape[^1]));
        if (stabilizer.Epsilon == 0 || stabilizer.IsScaledByNorm)
        {
            stabilized.masked_fill_(stabilized.eq(0), double.PositiveInfinity);
        }

        return stabilized.view(values.shape);
    }
}

/// <summary>The state of a layer at one time, shape (batch, hidden).</summary>
/// <param name="Hidden">The hidden state.</param>
/// <param name="Cell">The cell state of an LSTM; null for other cells.</param>
internal readonly record struct StepState(Tensor Hidden, Tensor? Cell);
