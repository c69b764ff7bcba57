using Lrp.Onnx.Graphs;
using Lrp.Onnx.Kernels;
using static TorchSharp.torch;

namespace Lrp.Onnx.Lowering;

/// <summary>Questions about a graph that patterns ask.</summary>
internal sealed class GraphView
{
    private readonly Dictionary<string, Node> _producers;
    private readonly ILookup<string, Node?> _consumers;
    private readonly HashSet<Node> _claimed = [];

    public GraphView(Graph graph, Facts facts, RelevancePaths paths)
    {
        (Graph, Facts, Paths) = (graph, facts, paths);
        _producers = graph.Producers();
        _consumers = graph.Consumers();
    }

    public Graph Graph { get; }
    public Facts Facts { get; }
    public RelevancePaths Paths { get; }

    public bool Carries(string value) => Paths.Carries(value);

    public Tensor? Constant(string value) => Graph.Constants.GetValueOrDefault(value);

    /// <summary>The node that computes a value, if it is of ONNX's own domain and part of nothing yet.</summary>
    public Node? Free(string value) =>
        _producers.GetValueOrDefault(value) is { } node && !_claimed.Contains(node) ? node : null;

    public Node? Producer(string value) => _producers.GetValueOrDefault(value);

    public IEnumerable<Node?> Consumers(string value) => _consumers[value];

    public bool IsClaimed(Node node) => _claimed.Contains(node);

    public void Claim(IEnumerable<Node> nodes) => _claimed.UnionWith(nodes);

    /// <summary>
    /// The only node that uses a value; null where there are several, or it is an output of the graph.
    /// </summary>
    public Node? OnlyUser(string value) =>
        _consumers[value].ToList() is [{ } user] && !_claimed.Contains(user) ? user : null;

    /// <summary>The inputs of a node that carry relevance, each once.</summary>
    public List<string> Carriers(Node node) =>
        [.. node.Inputs.Where(name => name.Length > 0 && Carries(name)).Distinct()];

    /// <summary>Whether what nodes compute, but for one value, is used by these nodes only.</summary>
    public bool IsClosed(IReadOnlySet<Node> nodes, string result) =>
        nodes
            .SelectMany(node => node.Outputs)
            .Where(name => name.Length > 0 && name != result)
            .All(name => _consumers[name].All(user => user is not null && nodes.Contains(user)));

    public static Role RoleOf(Node node) => OperatorTable.Of(node).Role;
}
