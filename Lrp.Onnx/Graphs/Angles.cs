using TorchSharp;

namespace Lrp.Onnx.Graphs;

/// <summary>
/// Tables of cosines and sines, as rotary embeddings have them: they turn what other values say and say nothing
/// themselves, unlike embeddings that were learned.
/// </summary>
internal static class Angles
{
    private const double Rounding = 0.02; // of numbers of 16 bits

    /// <summary>
    /// Whether the squares of a table add up to one number with those of another table, or those of its one half with
    /// those of its other half.
    /// </summary>
    /// <param name="graph">The graph.</param>
    /// <param name="lookup">The node that looks the table up.</param>
    /// <param name="lookups">All nodes that look tables up.</param>
    public static bool AreIn(Graph graph, Node lookup, IEnumerable<Node> lookups)
    {
        using var scope = torch.NewDisposeScope();
        var table = Squares(graph, lookup);
        var columns = table.shape[1];
        var isWhole = columns % 2 == 0 && columns > 0;
        return (isWhole && IsOneNumber(table.narrow(1, 0, columns / 2).add(table.narrow(1, columns / 2, columns / 2))))
            || (isWhole && IsOneNumber(table.reshape(-1, columns / 2, 2).sum([-1L])))
            || lookups
                .Where(other => !ReferenceEquals(other, lookup))
                .Select(other => Squares(graph, other))
                .Any(other => other.shape.AsSpan().SequenceEqual(table.shape) && IsOneNumber(table.add(other)));
    }

    private static torch.Tensor Squares(Graph graph, Node lookup) =>
        graph.Constants[lookup.Inputs[0]].to_type(torch.ScalarType.Float64).square();

    private static bool IsOneNumber(torch.Tensor sums) =>
        sums.numel() > 0
        && sums.max().ToDouble() is var most
        && most > 0
        && sums.min().ToDouble() >= most * (1 - Rounding);
}
