using Lrp.Onnx.Graphs;
using static TorchSharp.torch;

namespace Lrp.Onnx.Kernels;

/// <summary>Nodes that are one thing: their inputs, and the last one's outputs.</summary>
internal sealed class Block
{
    private readonly Evaluation _evaluation;
    private readonly HashSet<string> _gates;

    /// <param name="evaluation">Computes the nodes.</param>
    /// <param name="nodes">In the order of computation.</param>
    /// <param name="gates">Values that are constants where rules need it.</param>
    public Block(Evaluation evaluation, IReadOnlyList<Node> nodes, params IEnumerable<string> gates)
    {
        (_evaluation, Nodes, _gates) = (evaluation, nodes, [.. gates]);
        var inside = nodes.SelectMany(node => node.Outputs).ToHashSet();
        Inputs =
        [
            .. nodes
                .SelectMany(node => node.Inputs)
                .Where(name => name.Length > 0 && !inside.Contains(name))
                .Distinct(),
        ];
    }

    public IReadOnlyList<Node> Nodes { get; }
    public IReadOnlyList<string> Inputs { get; }
    public IReadOnlyList<string> Outputs => Nodes[^1].Outputs;

    /// <summary>The position of a value among the inputs; null where it is none.</summary>
    public int? PositionOf(string name) => Inputs.ToList().IndexOf(name) is >= 0 and var position ? position : null;

    public Tensor?[] Run(IReadOnlyList<Tensor?> inputs, bool hasConstantGates)
    {
        var values = new Dictionary<string, Tensor?>(StringComparer.Ordinal);
        for (var k = 0; k < Inputs.Count; k++)
        {
            values[Inputs[k]] = Kept(Inputs[k], inputs[k], hasConstantGates);
        }

        Tensor?[] outputs = [];
        foreach (var node in Nodes)
        {
            outputs = _evaluation.Run(
                node,
                [.. node.Inputs.Select(name => name.Length == 0 ? null : values[name])],
                hasConstantGates
            );
            for (var k = 0; k < node.Outputs.Count && k < outputs.Length; k++)
            {
                values[node.Outputs[k]] = Kept(node.Outputs[k], outputs[k], hasConstantGates);
            }
        }

        return outputs;
    }

    private Tensor? Kept(string name, Tensor? value, bool hasConstantGates) =>
        hasConstantGates && value is not null && _gates.Contains(name) ? value.detach() : value;
}
