using static TorchSharp.torch;

namespace Lrp.Decomposition.Operators;

/// <summary>
/// Sends parts through a recurrent operator: several layers, both directions, batch-first input, packed sequences.
/// </summary>
/// <remarks>
/// All time steps are stored as rows. Step t uses the rows of the sequences that are present at t: all of them, unless
/// the sequences are packed. The state of a sequence that has ended does not change.
/// </remarks>
internal static class Recurrence
{
    /// <summary>The operators <c>lstm</c>, <c>gru</c>, <c>rnn_tanh</c>, <c>rnn_relu</c>.</summary>
    public static IReadOnlyList<CompositionChunk?> Unroll(OperatorContext context, RecurrentCell cell)
    {
        var operation = context.Operation;
        if (operation.GetBool("train") && operation.GetDouble("dropout") > 0)
        {
            throw new NotSupportedException(
                "the layer drops activations at random in training mode; call model.eval() first"
            );
        }

        var packed = operation.Has("batch_sizes");
        var batchFirst = !packed && operation.GetBool("batch_first");
        var input = context.Input(packed ? "data" : "input");
        var both = operation.GetBool("bidirectional");
        var layers = (int)operation.GetInt64("num_layers", 1);
        var directions = both ? 2 : 1;
        var weights = Weights(context, layers * directions, cell);
        var initial = Initial(context, cell);
        if (batchFirst)
        {
            input = context.Map(input, t => t.transpose(-3, -2));
        }

        var steps = packed
            ? Sizes((Tensor)operation["batch_sizes"]!)
            : [.. Enumerable.Repeat(input.Value.shape[1], (int)input.Value.shape[0])];
        var batch = steps[0];
        var rows = packed ? input : context.Map(input, t => t.flatten(-3, -2));

        var ends = new List<RecurrentState>();
        for (var layer = 0; layer < layers; layer++)
        {
            var outputs = new List<Decomposed>();
            for (var direction = 0; direction < directions; direction++)
            {
                var number = layer * directions + direction;
                var start = initial.Map(state => context.Map(state, t => t.select(-3, number)));
                var (output, end) = Layer(context, cell, rows, steps, start, weights[number], reverse: direction == 1);
                outputs.Add(output);
                ends.Add(end);
            }

            rows = directions == 1 ? outputs[0] : Cat(context, outputs, -1);
        }

        var sequence = packed ? rows : context.Map(rows, t => t.reshape([.. t.shape[..^2], -1, batch, t.shape[^1]]));
        if (batchFirst)
        {
            sequence = context.Map(sequence, t => t.transpose(-3, -2));
        }

        var hidden = Stack(context, [.. ends.Select(end => end.Hidden)]);
        return cell.HasCell
            ? [sequence.Chunk, hidden.Chunk, Stack(context, [.. ends.Select(end => end.Cell!.Value)]).Chunk]
            : [sequence.Chunk, hidden.Chunk];
    }

    /// <summary>
    /// The operators for a single step: <c>lstm_cell</c>, <c>gru_cell</c>, <c>rnn_tanh_cell</c>, <c>rnn_relu_cell</c>.
    /// </summary>
    public static IReadOnlyList<CompositionChunk?> Single(OperatorContext context, RecurrentCell cell)
    {
        var weights = new RecurrentWeights(
            context.Constant("w_ih")!,
            context.Constant("w_hh")!,
            context.Constant("b_ih"),
            context.Constant("b_hh"),
            null
        );
        var input = context.Input("input");
        var state =
            cell.HasCell && context.List("hx") is { } states
                ? new RecurrentState(states[0], states[1])
                : new RecurrentState(context.Input("hx"), null);
        var end = cell.Step(context, input, context.Linear(input, weights.Input), state, weights);
        return cell.HasCell ? [end.Hidden.Chunk, end.Cell!.Value.Chunk] : [end.Hidden.Chunk];
    }

    private static (Decomposed Output, RecurrentState End) Layer(
        OperatorContext context,
        RecurrentCell cell,
        Decomposed rows,
        IReadOnlyList<long> steps,
        RecurrentState initial,
        RecurrentWeights weights,
        bool reverse
    )
    {
        var projected = context.Linear(rows, weights.Input);
        var offsets = new long[steps.Count];
        for (var t = 1; t < steps.Count; t++)
        {
            offsets[t] = offsets[t - 1] + steps[t - 1];
        }

        var outputs = new Decomposed[steps.Count];
        var ended = new List<RecurrentState>();
        var present = reverse ? steps[^1] : steps[0];
        var state = Rows(context, initial, 0, present);
        for (var k = 0; k < steps.Count; k++)
        {
            var t = reverse ? steps.Count - 1 - k : k;
            if (steps[t] < present)
            {
                ended.Add(Rows(context, state, steps[t], present - steps[t]));
                state = Rows(context, state, 0, steps[t]);
            }
            else if (steps[t] > present)
            {
                state = CatRows(context, [state, Rows(context, initial, present, steps[t] - present)]);
            }

            present = steps[t];
            var (offset, count) = (offsets[t], steps[t]);
            var input = context.Map(rows, x => x.narrow(-2, offset, count));
            state = cell.Step(context, input, context.Map(projected, x => x.narrow(-2, offset, count)), state, weights);
            outputs[t] = state.Hidden;
        }

        if (ended.Count > 0)
        {
            ended.Add(state);
            ended.Reverse();
            state = CatRows(context, ended);
        }

        return (Cat(context, outputs, -2), state);
    }

    private static RecurrentState Rows(OperatorContext context, RecurrentState state, long start, long count) =>
        state.Hidden.Value.shape[^2] == count && start == 0
            ? state
            : state.Map(part => context.Map(part, t => t.narrow(-2, start, count)));

    private static RecurrentState CatRows(OperatorContext context, IReadOnlyList<RecurrentState> states) =>
        new(
            Cat(context, [.. states.Select(state => state.Hidden)], -2),
            states[0].Cell is null ? null : Cat(context, [.. states.Select(state => state.Cell!.Value)], -2)
        );

    private static Decomposed Cat(OperatorContext context, IReadOnlyList<Decomposed> pieces, long dim) =>
        Joined(context, pieces, tensors => cat(tensors, dim));

    private static Decomposed Stack(OperatorContext context, IReadOnlyList<Decomposed> pieces) =>
        Joined(context, pieces, tensors => stack(tensors, -3));

    /// <summary>
    /// Concatenates along a dimension counted from the end, so that the components' leading dimension makes no
    /// difference.
    /// </summary>
    private static Decomposed Joined(
        OperatorContext context,
        IReadOnlyList<Decomposed> pieces,
        Func<Tensor[], Tensor> join
    )
    {
        var value = join([.. pieces.Select(piece => piece.Value)]);
        if (pieces.All(piece => piece.IsConstant))
        {
            return new Decomposed(value, null);
        }

        var parts = pieces.Select(context.SplitOrOpaque).ToArray();
        var implied = parts.Any(part => part.Residual is null);
        return new Decomposed(
            value,
            new CompositionChunk(
                join([.. parts.Select(part => part.Components)]),
                implied ? null : join([.. parts.Select(part => part.Residual!)]),
                context.IsContextual
            )
        );
    }

    private static RecurrentState Initial(OperatorContext context, RecurrentCell cell)
    {
        if (!cell.HasCell)
        {
            return new RecurrentState(context.Input("hx"), null);
        }

        var states = context.List("hx");
        return new RecurrentState(states[0], states[1]);
    }

    private static IReadOnlyList<RecurrentWeights> Weights(OperatorContext context, int count, RecurrentCell cell)
    {
        var all = context.List("params");
        if (all.Any(weight => !weight.IsConstant))
        {
            throw new NotSupportedException("components reach the layer's weights");
        }

        var each = all.Count / count;
        var biased = context.Operation.GetBool("has_biases");
        var projected = cell.HasCell && each == (biased ? 5 : 3);
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(k =>
                {
                    var own = all.Skip(k * each).Take(each).Select(weight => weight.Value).ToArray();
                    return new RecurrentWeights(
                        own[0],
                        own[1],
                        biased ? own[2] : null,
                        biased ? own[3] : null,
                        projected ? own[^1] : null
                    );
                }),
        ];
    }

    private static long[] Sizes(Tensor batchSizes)
    {
        using var host = batchSizes.to_type(ScalarType.Int64).cpu();
        return host.data<long>().ToArray();
    }
}
