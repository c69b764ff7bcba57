using static TorchSharp.torch;

namespace Lrp.Decomposition.Operators;

/// <content>
/// Recurrent layers, unrolled step by step. All components of a step go through each kernel together.
/// </content>
public static partial class OperatorRules
{
    private static void Recurrences(Dictionary<string, OperatorRule> rules)
    {
        rules.Add(OperatorRule.FromMany(context => Recurrence.Unroll(context, new LstmCell())), "lstm");
        rules.Add(OperatorRule.FromMany(context => Recurrence.Unroll(context, new GruCell())), "gru");
        rules.Add(
            OperatorRule.FromMany(context => Recurrence.Unroll(context, new ElmanCell(tanh, "tanh"))),
            "rnn_tanh"
        );
        rules.Add(
            OperatorRule.FromMany(context => Recurrence.Unroll(context, new ElmanCell(t => t.relu(), "relu"))),
            "rnn_relu"
        );
        rules.Add(OperatorRule.FromMany(context => Recurrence.Single(context, new LstmCell())), "lstm_cell");
        rules.Add(OperatorRule.FromMany(context => Recurrence.Single(context, new GruCell())), "gru_cell");
        rules.Add(
            OperatorRule.FromMany(context => Recurrence.Single(context, new ElmanCell(tanh, "tanh"))),
            "rnn_tanh_cell"
        );
        rules.Add(
            OperatorRule.FromMany(context => Recurrence.Single(context, new ElmanCell(t => t.relu(), "relu"))),
            "rnn_relu_cell"
        );

        // Packing moves rows, so the components become the last dimension, behind the features.
        rules.Add(OperatorRule.FromMany(context => [Behind(context, "input", null), null]), "_pack_padded_sequence");
        rules.Add(
            OperatorRule.FromMany(context => [Behind(context, "data", "padding_value"), null]),
            "_pad_packed_sequence"
        );
    }

    private static CompositionChunk Behind(OperatorContext context, string argument, string? padding)
    {
        var operation = context.Operation;
        var parts = context.Input(argument).Split;
        Tensor Run(Tensor t, bool leads)
        {
            var (first, zeroed) = leads ? (t.movedim([0L], [-1L]).contiguous(), true) : (t, false);
            var result =
                padding is not null && zeroed
                    ? operation.Invoke((argument, first), (padding, 0.0))
                    : operation.Invoke((argument, first));
            var moved = Operation.Single(result);
            return leads ? moved.movedim([-1L], [0L]).contiguous() : moved;
        }

        return parts.Map(c => Run(c, true), r => Run(r, false));
    }
}
