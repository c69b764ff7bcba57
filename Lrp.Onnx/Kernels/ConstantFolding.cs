using Lrp.Onnx.Graphs;
using static TorchSharp.torch;

namespace Lrp.Onnx.Kernels;

/// <summary>Computes what depends on constants alone while the file is loaded.</summary>
internal static class ConstantFolding
{
    /// <summary>Takes the nodes with constant inputs out of a graph, and those that nobody needs.</summary>
    public static void Run(Graph graph, Evaluation evaluation)
    {
        using var grad = no_grad();
        var kept = new List<Node>();
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
                    graph.Constants[node.Outputs[k]] = output.MoveToOuterDisposeScope();
                }
            }
        }

        graph.Nodes = Needed(graph, kept);
        if (graph.Nodes.Find(node => node.Operator == "DequantizeLinear") is { } rounding)
        {
            throw OperatorTable.Rounding(rounding);
        }
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
