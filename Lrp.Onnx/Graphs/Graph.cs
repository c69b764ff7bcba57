using Lrp.Onnx.Format;
using static TorchSharp.torch;

namespace Lrp.Onnx.Graphs;

/// <summary>
/// A graph in the order of computation, every value computed once. Constants are tensors; all else is the output of a
/// node or an input.
/// </summary>
internal sealed class Graph(IReadOnlyList<ValueDefinition> inputs, IReadOnlyList<ValueDefinition> outputs)
{
    public IReadOnlyList<ValueDefinition> Inputs { get; } = inputs;
    public IReadOnlyList<ValueDefinition> Outputs { get; } = outputs;
    public List<Node> Nodes { get; set; } = [];
    public Dictionary<string, Tensor> Constants { get; } = new(StringComparer.Ordinal);

    /// <summary>Which node computes a value.</summary>
    public Dictionary<string, Node> Producers() =>
        Nodes
            .SelectMany(node => node.Outputs.Where(name => name.Length > 0).Select(name => (name, node)))
            .ToDictionary(entry => entry.name, entry => entry.node, StringComparer.Ordinal);

    /// <summary>Which nodes use a value; a graph's output counts as a use by null.</summary>
    public ILookup<string, Node?> Consumers() =>
        Nodes
            .SelectMany(node => node.Inputs.Where(name => name.Length > 0).Distinct().Select(name => (name, node)))
            .Select(entry => (entry.name, (Node?)entry.node))
            .Concat(Outputs.Select(output => (output.Name, (Node?)null)))
            .ToLookup(entry => entry.Item1, entry => entry.Item2, StringComparer.Ordinal);
}
