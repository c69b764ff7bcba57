using Lrp.Onnx.Graphs;

namespace Lrp.Onnx.Lowering;

/// <summary>
/// What a graph's last softmax is given, which is explained in its place. Where the output has other dimensions than
/// the softmax, the same nodes give what is explained these dimensions.
/// </summary>
internal static class LastSoftmax
{
    private static readonly HashSet<string> Moving =
    [
        "Cast",
        "Dropout",
        "Flatten",
        "Identity",
        "Log",
        "Reshape",
        "Squeeze",
        "Unsqueeze",
    ];

    /// <summary>The name of the value to explain for an output; nodes may be added to the graph.</summary>
    public static string Before(Graph graph, string output)
    {
        var producers = graph.Producers();
        var moves = new Stack<Node>();
        var value = output;
        while (producers.GetValueOrDefault(value) is { } node)
        {
            if (InputOf(node, producers) is { } given)
            {
                (value, output) = (given, Moved(graph, moves, given));
                moves.Clear();
                if (output != value)
                {
                    return output;
                }
            }
            else if (Moving.Contains(node.Operator) && node.Domain.Length == 0)
            {
                moves.Push(node);
                value = node.Inputs[0];
            }
            else
            {
                return output;
            }
        }

        return output;
    }

    private static string? InputOf(Node node, Dictionary<string, Node> producers) =>
        node.Operator is "Softmax" or "LogSoftmax" or "ArgMax"
            ? node.Inputs[0]
            : WrittenSoftmax.Of(node, producers.GetValueOrDefault)?.Input;

    private static string Moved(Graph graph, Stack<Node> moves, string value)
    {
        foreach (var move in moves.Where(move => move.Operator is not ("Log" or "Identity" or "Dropout")))
        {
            var output = $"{move.Outputs[0]}/before_softmax";
            graph.Nodes.Add(move.Again($"{move.Name}/before_softmax", [value, .. move.Inputs.Skip(1)], [output]));
            value = output;
        }

        return value;
    }
}
