using Lrp.Onnx.Format;

namespace Lrp.Onnx.Graphs;

/// <summary>Makes a graph of what a file has.</summary>
internal static class GraphBuilder
{
    /// <summary>Checks a model and gives its graph, in which no constants are computed yet.</summary>
    /// <param name="model">The model.</param>
    /// <param name="reader">Reads its tensors; those of the graph belong to the caller's dispose scope.</param>
    /// <param name="check">Checks each node before a tensor is read.</param>
    public static Graph Build(ModelDefinition model, TensorReader reader, Action<Node> check)
    {
        GraphChecks.Versions(model);
        var nodes = new FunctionInlining(model).Run();
        nodes.ForEach(check);
        nodes = GraphChecks.Names(model, nodes);
        var definition = model.Graph!;
        var held = definition.Initializers.Select(initializer => initializer.Name).ToHashSet(StringComparer.Ordinal);
        List<ValueDefinition> inputs = [.. definition.Inputs.Where(input => !held.Contains(input.Name))];
        if (inputs.Find(input => !input.IsTensor) is { } other)
        {
            throw new OnnxUnsupportedException($"Input '{other.Name}' is no tensor, and nothing else is supported.");
        }

        var graph = new Graph(inputs, definition.Outputs) { Nodes = nodes };
        foreach (var initializer in definition.Initializers)
        {
            graph.Constants[initializer.Name] = reader.Read(initializer, initializer.Name);
        }

        return graph;
    }
}
