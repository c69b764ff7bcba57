using static TorchSharp.torch;

namespace Lrp.Onnx.Graphs;

/// <summary>
/// Leaves out nodes that change nothing, so that patterns see what is next to each other: Identity, Dropout, and
/// dimensions that are added before a batch normalisation and taken away behind it.
/// </summary>
internal sealed class Bypasses
{
    private readonly Graph _graph;
    private readonly Dictionary<string, Node> _producers;
    private readonly ILookup<string, Node?> _consumers;
    private readonly Dictionary<string, string> _aliases = new(StringComparer.Ordinal);

    private Bypasses(Graph graph) => (_graph, _producers, _consumers) = (graph, graph.Producers(), graph.Consumers());

    /// <summary>Rewrites a graph whose constants are computed.</summary>
    /// <returns>Values that nothing computes any more, each with the value that is the same.</returns>
    public static IReadOnlyDictionary<string, string> Run(Graph graph)
    {
        var bypasses = new Bypasses(graph);
        graph.Nodes = bypasses.Rewritten();
        return bypasses._aliases;
    }

    private List<Node> Rewritten()
    {
        var outputs = _graph.Outputs.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        var kept = new List<Node>();
        foreach (var node in _graph.Nodes)
        {
            var source = IsNothing(node) ? node.Inputs[0] : Surrounded(node);
            if (source is null || outputs.Contains(node.Outputs[0]))
            {
                kept.Add(node.With([.. node.Inputs.Select(Known)], node.Outputs));
                continue;
            }

            _aliases[node.Outputs[0]] = Known(source);
            if (node.Outputs.Skip(1).Any(name => _consumers[name].Any()))
            {
                kept.Add(node.With([.. node.Inputs.Select(Known)], ["", .. node.Outputs.Skip(1)]));
            }
        }

        return kept;
    }

    private string Known(string name) => _aliases.GetValueOrDefault(name, name);

    private static bool IsNothing(Node node) => node.FullOperator is "Identity" or "Dropout";

    /// <summary>
    /// What stands in the place of a node's output, where the node adds or takes away dimensions around a batch
    /// normalisation: as PyTorch writes the normalisation of (N, C).
    /// </summary>
    private string? Surrounded(Node node) =>
        node.FullOperator == "Unsqueeze" && User(node) is { FullOperator: "BatchNormalization" } norm && Ends(norm)
            ? node.Inputs[0]
        : node.FullOperator == "Squeeze"
        && _producers.GetValueOrDefault(node.Inputs[0]) is { FullOperator: "BatchNormalization" } before
        && Ends(before)
            ? node.Inputs[0]
        : null;

    /// <summary>Whether a normalisation is between an Unsqueeze and a Squeeze of the same dimensions.</summary>
    private bool Ends(Node norm) =>
        _producers.GetValueOrDefault(norm.Inputs[0]) is { FullOperator: "Unsqueeze" } adds
        && User(adds) == norm
        && User(norm) is { FullOperator: "Squeeze" } takes
        && Axes(adds) is { } added
        && Axes(takes) is { } taken
        && added.All(axis => axis >= 2)
        && added.Order().SequenceEqual(taken.Order());

    private Node? User(Node node) => _consumers[node.Outputs[0]].ToList() is [{ } user] ? user : null;

    private long[]? Axes(Node node) =>
        node.Ints("axes")
        ?? (
            node.HasInput(1) && _graph.Constants.TryGetValue(node.Inputs[1], out var axes)
                ? axes.to(ScalarType.Int64).data<long>().ToArray()
                : null
        );
}
