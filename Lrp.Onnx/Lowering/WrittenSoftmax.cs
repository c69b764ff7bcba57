using Lrp.Onnx.Graphs;

namespace Lrp.Onnx.Lowering;

/// <summary>
/// A softmax that is written out, or its logarithm: eˣ by its sum, or x minus the logarithm of that sum. x may have its
/// maximum subtracted before.
/// </summary>
/// <param name="Input">x.</param>
/// <param name="Nodes">The nodes, the last one last.</param>
internal sealed record WrittenSoftmax(string Input, IReadOnlyList<Node> Nodes)
{
    /// <summary>The softmax whose last node this is; null where it is none.</summary>
    /// <param name="node">A node.</param>
    /// <param name="producer">Which node computes a value.</param>
    public static WrittenSoftmax? Of(Node node, Func<string, Node?> producer) =>
        node.FullOperator switch
        {
            "Div" => Quotient(producer, node.Inputs[0], node.Inputs[1], [node]),
            "Mul" => Multiplied(node, producer, 0) ?? Multiplied(node, producer, 1),
            "Sub" => Logarithm(node, producer),
            _ => null,
        };

    private static WrittenSoftmax? Multiplied(Node node, Func<string, Node?> producer, int powers) =>
        producer(node.Inputs[1 - powers]) is { FullOperator: "Reciprocal" } inverse
            ? Quotient(producer, node.Inputs[powers], inverse.Inputs[0], [inverse, node])
            : null;

    private static WrittenSoftmax? Quotient(Func<string, Node?> producer, string value, string sum, Node[] last) =>
        producer(value) is { FullOperator: "Exp" } powers && Summed(producer, sum, value) is { } adding
            ? Centred(producer, powers.Inputs[0], [powers, .. adding, .. last])
            : null;

    private static WrittenSoftmax? Logarithm(Node node, Func<string, Node?> producer)
    {
        var x = node.Inputs[0];
        return producer(node.Inputs[1]) switch
        {
            { FullOperator: "ReduceLogSumExp" } sum when sum.Inputs[0] == x && IsKept(sum) => Centred(
                producer,
                x,
                [sum, node]
            ),
            { FullOperator: "Log" } log
                when Summed(producer, log.Inputs[0], null) is { } adding
                    && producer(adding[0].Inputs[0]) is { FullOperator: "Exp" } powers
                    && powers.Inputs[0] == x => Centred(producer, x, [powers, .. adding, log, node]),
            _ => null,
        };
    }

    /// <summary>The nodes that sum a value over dimensions, which stay; null where it is no such sum.</summary>
    private static Node[]? Summed(Func<string, Node?> producer, string sum, string? value) =>
        producer(sum) switch
        {
            { FullOperator: "ReduceSum" } adding when (value ?? adding.Inputs[0]) == adding.Inputs[0] => IsKept(adding)
                ? [adding]
                : null,
            { FullOperator: "Unsqueeze" } adds
                when producer(adds.Inputs[0]) is { FullOperator: "ReduceSum" } adding
                    && (value ?? adding.Inputs[0]) == adding.Inputs[0]
                    && !IsKept(adding) => [adding, adds],
            _ => null,
        };

    private static bool IsKept(Node sum) => sum.Int("keepdims", 1) == 1;

    /// <summary>With the subtraction of the maximum before it, where there is one.</summary>
    private static WrittenSoftmax Centred(Func<string, Node?> producer, string x, Node[] nodes) =>
        producer(x) is { FullOperator: "Sub" } centred
        && producer(centred.Inputs[1]) is { FullOperator: "ReduceMax" } largest
        && largest.Inputs[0] == centred.Inputs[0]
            ? new WrittenSoftmax(largest.Inputs[0], [largest, centred, .. nodes])
            : new WrittenSoftmax(x, nodes);
}
