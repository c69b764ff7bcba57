using Lrp.Onnx.Errors;
using Lrp.Onnx.Format;

namespace Lrp.Onnx.Graphs;

/// <summary>What the standard asks of a model, looked at before anything is computed.</summary>
internal static class GraphChecks
{
    private const long NewestFormat = 14;
    private const long OldestOpset = 7;
    private const long NewestOpset = 23;

    /// <summary>Versions, and the parts that a model must have.</summary>
    public static void Versions(ModelDefinition model)
    {
        if (model.Graph is not { } graph || (graph.Nodes.Count == 0 && graph.Outputs.Count == 0))
        {
            throw new OnnxFormatException("This is no ONNX model: there is no graph in it.");
        }

        if (model.IrVersion > NewestFormat)
        {
            throw new OnnxUnsupportedException(
                $"The model has the format (IR) version {model.IrVersion}; versions up to {NewestFormat} are read."
            );
        }

        if (!model.Opsets.TryGetValue("", out var opset) && graph.Nodes.Exists(node => node.Domain.Length == 0))
        {
            throw new OnnxFormatException("The model does not say which version of ONNX's operators (opset) it uses.");
        }

        if (opset is < OldestOpset or > NewestOpset && model.Opsets.ContainsKey(""))
        {
            var operators = graph.Nodes.Select(node => node.Operator).Distinct().Take(8);
            throw new OnnxUnsupportedException(
                $"The model uses opset {opset}; opsets {OldestOpset} to {NewestOpset} are supported. Convert it with "
                    + $"onnx.version_converter. Its operators: {string.Join(", ", operators)}."
            );
        }

        if (graph.SparseInitializers.Count > 0)
        {
            throw new OnnxUnsupportedException(
                $"The tensor '{graph.SparseInitializers[0]}' is sparse (sparse_initializer), which is not supported; "
                    + "export the model with dense weights."
            );
        }
    }

    /// <summary>Names, each defined once and before it is used; nodes come back in that order.</summary>
    public static List<Node> Names(ModelDefinition model, List<Node> nodes)
    {
        var graph = model.Graph!;
        if (graph.Outputs.Count == 0)
        {
            throw new OnnxGraphException("The graph has no outputs, so there is nothing to explain.");
        }

        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var initializer in graph.Initializers)
        {
            if (!known.Add(initializer.Name))
            {
                throw new OnnxGraphException($"The graph holds two tensors of the name '{initializer.Name}'.");
            }
        }

        var inputs = new HashSet<string>(StringComparer.Ordinal);
        foreach (var input in graph.Inputs)
        {
            if (!inputs.Add(input.Name))
            {
                throw new OnnxGraphException($"The graph has two inputs of the name '{input.Name}'.");
            }
        }

        known.UnionWith(inputs);
        var producers = new Dictionary<string, Node>(StringComparer.Ordinal);
        foreach (var node in nodes)
        {
            foreach (var output in node.Outputs.Where(output => output.Length > 0))
            {
                if (known.Contains(output) || !producers.TryAdd(output, node))
                {
                    throw new OnnxGraphException($"{node.Title} computes '{output}', which exists already.");
                }
            }
        }

        foreach (var node in nodes)
        {
            if (
                node.Inputs.FirstOrDefault(name =>
                    name.Length > 0 && !known.Contains(name) && !producers.ContainsKey(name)
                ) is
                { } lost
            )
            {
                throw new OnnxGraphException($"{node.Title} takes '{lost}', which no node computes and no input is.");
            }
        }

        foreach (var output in graph.Outputs)
        {
            if (!known.Contains(output.Name) && !producers.ContainsKey(output.Name))
            {
                throw new OnnxGraphException($"The graph's output '{output.Name}' is computed by no node.");
            }
        }

        return Sorted(nodes, producers);
    }

    /// <summary>The nodes in the order of computation, in their own order where it allows that.</summary>
    private static List<Node> Sorted(List<Node> nodes, Dictionary<string, Node> producers)
    {
        var waiting = nodes.ToDictionary(
            node => node,
            node =>
                node.Inputs.Where(name => producers.ContainsKey(name))
                    .Select(name => producers[name])
                    .Distinct()
                    .ToHashSet()
        );
        var users = waiting
            .SelectMany(entry => entry.Value.Select(needed => (needed, entry.Key)))
            .ToLookup(entry => entry.needed, entry => entry.Key);
        var place = nodes.Select((node, k) => (node, k)).ToDictionary(entry => entry.node, entry => entry.k);
        var ready = new PriorityQueue<Node, int>();
        foreach (var node in nodes.Where(node => waiting[node].Count == 0))
        {
            ready.Enqueue(node, place[node]);
        }

        var sorted = new List<Node>();
        while (ready.TryDequeue(out var node, out _))
        {
            sorted.Add(node);
            foreach (var user in users[node].Distinct())
            {
                if (waiting[user].Remove(node) && waiting[user].Count == 0)
                {
                    ready.Enqueue(user, place[user]);
                }
            }
        }

        return sorted.Count == nodes.Count
            ? sorted
            : throw new OnnxGraphException(
                $"The graph goes in a circle: {nodes.First(node => waiting[node].Count > 0).Title} needs what is "
                    + "computed from its own output."
            );
    }
}
