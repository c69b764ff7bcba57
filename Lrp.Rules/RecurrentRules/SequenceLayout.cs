using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Rules.RecurrentRules;

/// <summary>
/// Where a module has time and samples. The rule works on sequences of shape (time, batch, features).
/// </summary>
/// <param name="IsBatchFirst">Whether the module's samples come before time.</param>
internal readonly record struct SequenceLayout(bool IsBatchFirst)
{
    /// <summary>
    /// TorchSharp does not tell whether a module is batch_first, but the state that it returned has one sample for
    /// each sample of its input. Where there are as many samples as time steps, the last time step of the sequence is
    /// the last layer's state.
    /// </summary>
    /// <param name="input">The sequence that the module was given.</param>
    /// <param name="outputs">What it returned: the sequence, the last hidden state, and more.</param>
    /// <param name="layers">The number of layers.</param>
    public static SequenceLayout Of(Tensor input, IReadOnlyList<Tensor> outputs, int layers)
    {
        var (first, second) = (input.shape[0], input.shape[1]);
        if (first != second)
        {
            return new SequenceLayout(first == outputs[1].shape[1]);
        }

        using var scope = NewDisposeScope();
        var states = outputs[1];
        var last = states.select(0, states.shape[0] / layers * (layers - 1));
        var sequence = outputs[0].narrow(2, 0, states.shape[2]);
        var timeFirst = sequence.select(0, first - 1).sub(last).abs_().sum();
        var batchFirst = sequence.select(1, first - 1).sub(last).abs_().sum();
        return new SequenceLayout(batchFirst.lt(timeFirst).ToBoolean());
    }

    /// <summary>A view of a sequence of the module in the rule's order, and the other way round.</summary>
    public Tensor Ordered(Tensor sequence) => IsBatchFirst ? sequence.transpose(0, 1) : sequence;
}
