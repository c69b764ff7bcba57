using Lrp.Onnx.Format;
using Lrp.Onnx.Graphs;
using static TorchSharp.torch;

namespace Lrp.Onnx.Kernels;

/// <summary>Computes what depends on constants alone while the file is loaded.</summary>
internal static class ConstantFolding
{
    private const long MostMade = 1L << 28;
    private const long MostTimesHeld = 16;

    /// <summary>Takes the nodes with constant inputs out of a graph, and those that nobody needs.</summary>
    public static void Run(Graph graph, Evaluation evaluation)
    {
        using var grad = no_grad();
        var kept = new List<Node>();
        var left = MostMade + (MostTimesHeld * graph.Constants.Values.Sum(tensor => tensor.numel()));
        foreach (var node in graph.Nodes)
        {
            if (!node.Inputs.All(name => name.Length == 0 || graph.Constants.ContainsKey(name)))
            {
                kept.Add(node);
                continue;
            }

            using var scope = NewDisposeScope();
            var inputs = node.Inputs.Select(name => name.Length == 0 ? null : graph.Constants[name]).ToArray();
            var outputs = evaluation.Run(node, inputs);
            for (var k = 0; k < node.Outputs.Count && k < outputs.Length; k++)
            {
                if (node.Outputs[k].Length > 0 && outputs[k] is { } output)
                {
                    left -= output.numel();
                    if (left < 0)
                    {
                        throw new OnnxLimitException(
                            $"The constants that are computed when the file is loaded, {node.Title} the last, have "
                                + "more elements than its size explains."
                        );
                    }

                    graph.Constants[node.Outputs[k]] = output.MoveToOuterDisposeScope();
                }
            }
        }

        graph.Nodes = Needed(graph, kept);
    }

    private static List<Node> Needed(Graph graph, List<Node> nodes)
    {
        var wanted = graph.Outputs.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        var needed = new List<Node>();
        for (var k = nodes.Count - 1; k >= 0; k--)
        {
            if (nodes[k].Outputs.Any(wanted.Contains))
            {
                needed.Add(nodes[k]);
                wanted.UnionWith(nodes[k].Inputs);
            }
        }

        foreach (var (name, tensor) in graph.Constants.Where(entry => !wanted.Contains(entry.Key)).ToList())
        {
            graph.Constants.Remove(name);
            tensor.Dispose();
        }

        needed.Reverse();
        return needed;
    }
}
