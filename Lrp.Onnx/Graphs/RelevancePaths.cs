using Lrp.Onnx.Format;
using TorchSharp;

namespace Lrp.Onnx.Graphs;

/// <summary>
/// Which values carry relevance: those computed from an input of numbers, or from an embedding that is looked up by
/// whole numbers. Shapes, masks and positions do not.
/// </summary>
internal sealed class RelevancePaths
{
    private static readonly HashSet<string> Moving =
    [
        "Unsqueeze",
        "Squeeze",
        "Reshape",
        "Expand",
        "Cast",
        "Transpose",
        "Identity",
        "Slice",
        "Concat",
        "Tile",
        "Flatten",
    ];

    /// <summary>Operators between numbers and a layer that is given them; nothing but constants joins them.</summary>
    private static readonly HashSet<string> Preparing =
    [
        .. Moving,
        "Add",
        "BatchNormalization",
        "Clip",
        "Div",
        "Gather",
        "Log",
        "Mul",
        "Relu",
        "Split",
        "Sqrt",
        "Sub",
    ];

    private readonly HashSet<string> _carrying = new(StringComparer.Ordinal);
    private readonly HashSet<Node> _embeddings = [];
    private readonly HashSet<Node> _entries = [];
    private readonly Graph _graph;
    private readonly ILookup<string, Node?> _consumers;

    /// <param name="graph">The graph.</param>
    /// <param name="facts">Types and shapes.</param>
    /// <param name="givesNumbers">Whether a node's output is no carrier whatever its inputs are.</param>
    public RelevancePaths(Graph graph, Facts facts, Func<Node, bool> givesNumbers)
    {
        var consumers = _consumers = graph.Consumers();
        _graph = graph;
        var factors = new HashSet<Node>();
        var ofWholeNumbers = false;
        while (true)
        {
            _carrying.Clear();
            _embeddings.Clear();
            _entries.Clear();
            Mark(graph, facts, givesNumbers, factors, ofWholeNumbers);
            var found = _embeddings
                .Where(node => IsFactor(node.Outputs[0], consumers) && Angles.AreIn(graph, node, _embeddings))
                .ToList();
            var isOpen = !ofWholeNumbers && !graph.Outputs.Any(output => Carries(output.Name));
            if (found.Count == 0 && !isOpen)
            {
                return;
            }

            factors.UnionWith(found);
            ofWholeNumbers |= found.Count == 0;
        }
    }

    public bool Carries(string value) => _carrying.Contains(value);

    /// <summary>Whether a node looks up an embedding.</summary>
    public bool IsEmbedding(Node node) => _embeddings.Contains(node);

    /// <summary>Whether a node makes numbers of the whole numbers of an input, such as the bytes of an image.</summary>
    public bool IsEntry(Node node) => _entries.Contains(node);

    /// <summary>
    /// Whether all that uses an input of whole numbers makes numbers of it, so that it may be given as numbers.
    /// </summary>
    public bool IsEntered(string input)
    {
        var users = Reached(
            input,
            node => !IsEntry(node) && (Moving.Contains(node.Operator) || node.Operator is "Gather" or "Split")
        );
        return users.Count > 0 && users.All(user => user is not null && IsEntry(user));
    }

    private void Mark(
        Graph graph,
        Facts facts,
        Func<Node, bool> givesNumbers,
        HashSet<Node> factors,
        bool ofWholeNumbers
    )
    {
        var given = new HashSet<string>(StringComparer.Ordinal); // whole numbers that depend on what inputs hold
        foreach (var input in graph.Inputs)
        {
            var isFloating = facts.Of(input.Name).Type is not { } type || ElementType.IsFloatingType(type);
            (isFloating ? _carrying : given).Add(input.Name);
        }

        foreach (var node in graph.Nodes)
        {
            if (node.Operator is "Shape" or "Size")
            {
                continue;
            }

            var isGiven = node.Inputs.Any(given.Contains);
            if (isGiven && !factors.Contains(node) && IsLookup(graph, node, given))
            {
                _embeddings.Add(node);
                _carrying.Add(node.Outputs[0]);
            }
            else if (isGiven && node.Operator == "Cast" && Enters(node, facts, ofWholeNumbers))
            {
                _entries.Add(node);
                _carrying.Add(node.Outputs[0]);
            }
            else if (node.Inputs.Any(_carrying.Contains) && !givesNumbers(node))
            {
                _carrying.UnionWith(node.Outputs);
            }
            else if (isGiven || node.Inputs.Any(_carrying.Contains))
            {
                given.UnionWith(node.Outputs);
            }
        }
    }

    private bool Enters(Node node, Facts facts, bool ofWholeNumbers)
    {
        var isNumber = node.Int("to", 0) is 1 or 10 or 11 or 16;
        var type = facts.Of(node.Inputs[0]).Type;
        return isNumber
            && (
                ofWholeNumbers
                || type is torch.ScalarType.Byte
                || (type is not torch.ScalarType.Bool && IsFeature(node))
            );
    }

    /// <summary>
    /// Whether a layer is given the numbers of a node. Masks only multiply other values, or are added to them.
    /// </summary>
    private bool IsFeature(Node entry) =>
        Reached(
                entry.Outputs[0],
                node => Preparing.Contains(node.Operator) && (node.Operator == "Concat" || IsAlone(node))
            )
            .Any(user =>
                user?.Operator is "MatMul" or "Gemm" or "Conv" && user.Inputs.Skip(1).All(_graph.Constants.ContainsKey)
            );

    private bool IsAlone(Node node) =>
        node.Inputs.Count(name => name.Length > 0 && !_graph.Constants.ContainsKey(name)) == 1;

    /// <summary>The nodes that use a value, behind those that only hand it on; null for the graph's output.</summary>
    private HashSet<Node?> Reached(string value, Func<Node, bool> handsOn)
    {
        var found = new HashSet<Node?>();
        var seen = new HashSet<string>(StringComparer.Ordinal) { value };
        var waiting = new Queue<string>(seen);
        while (waiting.TryDequeue(out var next))
        {
            foreach (var user in _consumers[next])
            {
                if (user is null || !handsOn(user))
                {
                    found.Add(user);
                    continue;
                }

                foreach (var output in user.Outputs.Where(seen.Add))
                {
                    waiting.Enqueue(output);
                }
            }
        }

        return found;
    }

    private static bool IsLookup(Graph graph, Node node, HashSet<string> given) =>
        node.Operator == "Gather"
        && node.Int("axis", 0) == 0
        && given.Contains(node.Inputs[1])
        && graph.Constants.TryGetValue(node.Inputs[0], out var table)
        && table.dim() == 2
        && table.is_floating_point();

    /// <summary>Whether what is looked up only becomes a factor, as the cosines of a rotary embedding do.</summary>
    private bool IsFactor(string value, ILookup<string, Node?> consumers)
    {
        var isUsed = false;
        var waiting = new Queue<string>([value]);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (waiting.TryDequeue(out var next))
        {
            foreach (var node in seen.Add(next) ? consumers[next] : [])
            {
                if (node is not null && Moving.Contains(node.Operator))
                {
                    waiting.Enqueue(node.Outputs[0]);
                }
                else if (node?.Operator == "Mul" && node.Inputs.Any(other => !seen.Contains(other) && Carries(other)))
                {
                    isUsed = true;
                }
                else
                {
                    return false;
                }
            }
        }

        return isUsed;
    }
}
