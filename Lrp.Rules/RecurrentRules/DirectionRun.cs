using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Rules.RecurrentRules;

/// <summary>
/// One layer in one direction: all time steps forward, which leaves only what the way back needs, and all time steps
/// back. Time keeps its order in every tensor; in the reverse direction the steps are taken from the end.
/// </summary>
internal sealed class DirectionRun : IDisposable
{
    private readonly DirectionWeights _weights;
    private readonly RecurrentCell _cell;
    private readonly Tensor _input;
    private readonly Tensor _states;
    private readonly bool _isReverse;
    private readonly StepShares _shares;

    private DirectionRun(
        RecurrentCell cell,
        DirectionWeights weights,
        Tensor input,
        Tensor states,
        bool isReverse,
        StepShares shares
    )
    {
        _cell = cell;
        _weights = weights;
        _input = input;
        _states = states;
        _isReverse = isReverse;
        _shares = shares;
    }

    /// <summary>A view of the hidden state after each step, shape (time, batch, hidden).</summary>
    public Tensor Output => After(_states, _isReverse);

    /// <summary>Takes all time steps.</summary>
    /// <param name="cell">The kind of step.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="input">Shape (time, batch, features); must live as long as the run.</param>
    /// <param name="hidden">The initial hidden state, shape (batch, hidden); null for zeros.</param>
    /// <param name="memory">The initial cell state, likewise.</param>
    /// <param name="isReverse">Whether the last time step comes first.</param>
    /// <param name="stabilizer">For the denominators.</param>
    public static DirectionRun Of(
        RecurrentCell cell,
        DirectionWeights weights,
        Tensor input,
        Tensor? hidden,
        Tensor? memory,
        bool isReverse,
        Stabilizer stabilizer
    )
    {
        using var scope = NewDisposeScope();
        var (steps, batch) = (input.shape[0], input.shape[1]);
        var gates = Projected(cell, weights, input);
        var states = States(input, steps, batch, weights.Size, hidden, isReverse);
        var cells = cell.HasCell ? States(input, steps, batch, weights.Size, memory, isReverse) : null;
        var gatesAt = gates.unbind(0);
        var statesAt = states.unbind(0);
        var cellsAt = cells?.unbind(0);
        for (var k = 0; k < steps; k++)
        {
            using var step = NewDisposeScope();
            var (time, past, next) = isReverse ? (steps - 1 - k, steps - k, steps - 1 - k) : (k, k, k + 1);
            cell.Step(
                gatesAt[time],
                new StepState(statesAt[past], cellsAt?[past]),
                new StepState(statesAt[next], cellsAt?[next]),
                weights
            );
        }

        var shares = cell.Shares(
            new StepValues(
                gates,
                Before(states, isReverse),
                After(states, isReverse),
                cells is null ? null : Before(cells, isReverse),
                cells is null ? null : After(cells, isReverse)
            ),
            stabilizer
        );
        shares.Signal.MoveToOuterDisposeScope();
        shares.Kept?.MoveToOuterDisposeScope();
        shares.Reset?.MoveToOuterDisposeScope();
        return new DirectionRun(cell, weights, input, states.MoveToOuterDisposeScope(), isReverse, shares);
    }

    /// <summary>Takes all time steps back; only once.</summary>
    /// <param name="relevance">
    /// Relevance of the outputs, shape (time, batch, hidden), and of the last states, shape (batch, hidden).
    /// </param>
    /// <returns>Relevance of the input and of the initial states, in their shapes.</returns>
    public SequenceRelevance Propagate(SequenceRelevance relevance)
    {
        using var scope = NewDisposeScope();
        var size = _weights.Size;
        var steps = _input.shape[0];
        var recurrent = _weights.Hidden.narrow(0, _cell.Signal * size, size);
        var memory = relevance.Cell?.clone() ?? zeros_like(_states[0]);
        var hidden = relevance.Hidden?.clone() ?? zeros_like(_states[0]);
        var outputAt = relevance.Sequence?.unbind(0);
        var pastAt = Before(_states, _isReverse).unbind(0);
        var signalAt = _shares.Signal.unbind(0);
        var keptAt = _shares.Kept?.unbind(0);
        var resetAt = _shares.Reset?.unbind(0);
        for (var k = 0; k < steps; k++)
        {
            using var step = NewDisposeScope();
            var time = _isReverse ? k : steps - 1 - k;
            memory.add_(hidden);
            if (outputAt is not null)
            {
                memory.add_(outputAt[time]);
            }

            var signal = signalAt[time].mul_(memory);
            _ = keptAt is null ? memory.zero_() : memory.mul_(keptAt[time]);
            var reset = resetAt is null ? signal : signal.mul(resetAt[time]);
            hidden.copy_(reset.mm(recurrent).mul_(pastAt[time]));
        }

        var weights = _weights.Input.narrow(0, _cell.Signal * size, size);
        var input = _shares.Signal.view(-1, size).mm(weights).view(_input.shape).mul_(_input);
        if (!_cell.HasCell)
        {
            hidden.add_(memory);
        }

        return new SequenceRelevance(
            input.MoveToOuterDisposeScope(),
            hidden.MoveToOuterDisposeScope(),
            _cell.HasCell ? memory.MoveToOuterDisposeScope() : null
        );
    }

    public void Dispose()
    {
        _states.Dispose();
        _shares.Signal.Dispose();
        _shares.Kept?.Dispose();
        _shares.Reset?.Dispose();
    }

    /// <summary>W x + b for all time steps, shape (time, batch, gates·hidden).</summary>
    private static Tensor Projected(RecurrentCell cell, DirectionWeights weights, Tensor input)
    {
        var rows = input.reshape(-1, input.shape[2]);
        var projected = cell.Bias(weights) is { } bias
            ? addmm(bias, rows, weights.Input.t(), 1, 1)
            : rows.mm(weights.Input.t());
        return projected.view(input.shape[0], input.shape[1], -1);
    }

    /// <summary>Room for the states between all time steps, (time + 1, batch, hidden), with the initial one.</summary>
    private static Tensor States(Tensor like, long steps, long batch, long size, Tensor? initial, bool isReverse)
    {
        var states = empty([steps + 1, batch, size], like.dtype, like.device);
        var first = states[isReverse ? steps : 0];
        _ = initial is null ? first.zero_() : first.copy_(initial);
        return states;
    }

    private static Tensor Before(Tensor states, bool isReverse) =>
        states.narrow(0, isReverse ? 1 : 0, states.shape[0] - 1);

    private static Tensor After(Tensor states, bool isReverse) =>
        states.narrow(0, isReverse ? 0 : 1, states.shape[0] - 1);
}
