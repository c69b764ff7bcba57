using System.Text.Json;
using Lrp.Rules.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden;

/// <summary>
/// A network whose layers are nodes of a graph, each with the nodes that it takes; it returns a tensor, an array of
/// tensors or a dictionary of them.
/// </summary>
public sealed class GraphModel : nn.Module<Tensor, object>
{
    [ComponentName(Name = "parts")]
    private readonly NodeModules _parts = new();
    private readonly List<Node> _nodes = [];
    private readonly JsonElement _output;

    /// <param name="nodes">The nodes in the order in which they run; the network's input is called <c>x</c>.</param>
    /// <param name="output">The name of a node, a list of names, or names by keys.</param>
    /// <param name="dropouts">Factors of dropout nodes in training mode, by the node's name.</param>
    public GraphModel(JsonElement nodes, JsonElement output, IReadOnlyDictionary<string, Tensor> dropouts)
        : base(nameof(GraphModel))
    {
        _output = output;
        var modules = new Dictionary<string, nn.Module>();
        foreach (var node in nodes.EnumerateArray())
        {
            var called = node.GetProperty("name").GetString()!;
            string[] inputs = [.. node.GetProperty("inputs").EnumerateArray().Select(input => input.GetString()!)];
            if (node.TryGetProperty("module", out var shared))
            {
                _nodes.Add(new Node(called, inputs, Call(modules[shared.GetString()!])));
                continue;
            }

            if (Function(node) is { } function)
            {
                _nodes.Add(new Node(called, inputs, function));
                continue;
            }

            modules[called] = dropouts.TryGetValue(called, out var factors)
                ? new GivenDropout(() => factors)
                : ModuleOf(node, inputs.Length);
            _parts.register_module(called, modules[called]);
            _nodes.Add(new Node(called, inputs, Call(modules[called])));
        }

        RegisterComponents();
    }

    /// <summary>The module of a node, to be set to training.</summary>
    public nn.Module Part(string node) => _parts.named_children().First(child => child.name == node).module;

    public override object forward(Tensor input)
    {
        var values = new Dictionary<string, Tensor> { ["x"] = input };
        foreach (var (name, inputs, function) in _nodes)
        {
            values[name] = function([.. inputs.Select(node => values[node])]);
        }

        return _output.ValueKind switch
        {
            JsonValueKind.Array => _output.EnumerateArray().Select(node => values[node.GetString()!]).ToArray(),
            JsonValueKind.Object => _output
                .EnumerateObject()
                .ToDictionary(entry => entry.Name, entry => values[entry.Value.GetString()!]),
            _ => values[_output.GetString()!],
        };
    }

    private static nn.Module ModuleOf(JsonElement node, int inputs) =>
        node.GetProperty("type").GetString() switch
        {
            "add" => inputs == 2 ? new Add() : new Sum([-1]),
            "Sequential" => ModuleBuilder.BuildSequence(node.GetProperty("args").GetProperty("layers")),
            _ => ModuleBuilder.Build(node),
        };

    /// <summary>What a node that is no module computes; null for a module.</summary>
    private static Func<Tensor[], Tensor>? Function(JsonElement node) =>
        node.GetProperty("type").GetString() switch
        {
            "cat" => inputs => cat(inputs, Dimension(node)),
            "flatten" => inputs => inputs[0].flatten(1),
            "mul" => inputs => inputs.Aggregate((product, factor) => product * factor),
            _ => null,
        };

    private static long Dimension(JsonElement node) =>
        node.TryGetProperty("args", out var args) && args.TryGetProperty("dim", out var dim) ? dim.GetInt64() : 1;

    private static Func<Tensor[], Tensor> Call(nn.Module module) =>
        module switch
        {
            Add sum => inputs => sum.call(inputs[0], inputs[1]),
            Sum sum => inputs => sum.call(stack(inputs, -1)),
            nn.Module<Tensor, Tensor> layer => inputs => layer.call(inputs[0]),
            _ => throw new NotSupportedException($"A node cannot be a {module.GetType().Name}."),
        };

    private sealed record Node(string Name, string[] Inputs, Func<Tensor[], Tensor> Function);

    private sealed class NodeModules() : nn.Module("parts");
}
