using Lrp.Onnx.Graphs;

namespace Lrp.Onnx.Lowering;

/// <summary>A softmax that is written out: eˣ by its sum, where x may have its maximum subtracted before.</summary>
/// <param name="Input">x.</param>
/// <param name="Nodes">The nodes, the last one last.</param>
internal sealed record WrittenSoftmax(string Input, IReadOnlyList<Node> Nodes)
{
    /// <summary>The softmax whose last node this is; null where it is none.</summary>
    /// <param name="node">A node.</param>
    /// <param name="producer">Which node computes a value.</param>
    public static WrittenSoftmax? Of(Node node, Func<string, Node?> producer)
    {
        if (
            node.Operator != "Div"
            || producer(node.Inputs[0]) is not { Operator: "Exp" } powers
            || producer(node.Inputs[1]) is not { Operator: "ReduceSum" } sum
            || sum.Inputs[0] != powers.Outputs[0]
            || sum.Int("keepdims", 1) == 0
        )
        {
            return null;
        }

        var x = powers.Inputs[0];
        return
            producer(x) is { Operator: "Sub" } centred
            && producer(centred.Inputs[1]) is { Operator: "ReduceMax" } largest
            && largest.Inputs[0] == centred.Inputs[0]
            ? new WrittenSoftmax(largest.Inputs[0], [largest, centred, powers, sum, node])
            : new WrittenSoftmax(x, [powers, sum, node]);
    }
}
