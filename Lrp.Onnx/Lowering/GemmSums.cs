using Lrp.Onnx.Format;
using Lrp.Onnx.Graphs;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Onnx.Lowering;

/// <summary>
/// A Gemm whose C is no bias, α·A·B + β·C, is written as a product and a sum, since each has a rule of its own.
/// </summary>
internal static class GemmSums
{
    /// <summary>Rewrites a graph whose constants are computed.</summary>
    public static void Split(Graph graph) => graph.Nodes = [.. graph.Nodes.SelectMany(node => Written(graph, node))];

    /// <summary>C as a bias: a number for each feature, in one row or the same in all rows.</summary>
    /// <param name="c">C.</param>
    /// <param name="features">The number of features.</param>
    /// <param name="isTurned">Whether features are in rows.</param>
    /// <returns>The bias; null where C is none.</returns>
    public static Tensor? Bias(Tensor c, long features, bool isTurned)
    {
        if (LinearPatterns.Vector(c, features, isTurned ? 2 : 1) is { } bias)
        {
            return bias;
        }

        var rows = c.dim() == 2 ? (isTurned ? c.t() : c) : null;
        return rows is not null && rows.ne(rows[0]).any().ToBoolean() ? null : rows?[0].expand(features).clone();
    }

    private static IEnumerable<Node> Written(Graph graph, Node node)
    {
        if (node.FullOperator != "Gemm" || !node.HasInput(2) || IsBias(graph, node))
        {
            return [node];
        }

        var (product, added, beta) = ($"{node.Name}/product", node.Inputs[2], node.Float("beta", 1));
        var first = node.Again(product, node.Inputs.Take(2).ToList(), [product]);
        if (beta == 1)
        {
            return [first, Node.Of("Add", node.Name, [product, added], node.Outputs[0])];
        }

        var scaled = $"{node.Name}/scaled";
        var scale = new AttributeDefinition
        {
            Name = "scale",
            Kind = AttributeKind.Float,
            Float = beta,
        };
        var attributes = new Dictionary<string, AttributeDefinition> { ["scale"] = scale };
        return beta == 0
            ? [node.Again(node.Name, first.Inputs, node.Outputs)]
            :
            [
                first,
                new Node("Scaled", ExpansionBody.Own, 1, scaled, [added], [scaled], attributes),
                Node.Of("Add", node.Name, [product, scaled], node.Outputs[0]),
            ];
    }

    /// <summary>Whether C has a number for each feature of a product with a constant matrix.</summary>
    private static bool IsBias(Graph graph, Node node)
    {
        var (a, b) = (
            graph.Constants.GetValueOrDefault(node.Inputs[0]),
            graph.Constants.GetValueOrDefault(node.Inputs[1])
        );
        if ((a is null) == (b is null) || !graph.Constants.TryGetValue(node.Inputs[2], out var c))
        {
            return false;
        }

        var features = a is null
            ? b!.shape[node.Int("transB", 0) == 1 ? 0 : ^1]
            : a.shape[node.Int("transA", 0) == 1 ? ^1 : 0];
        return Bias(c, features, a is not null) is not null;
    }
}
