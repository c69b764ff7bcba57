using Lrp.Onnx.Format;
using Lrp.Onnx.Graphs;
using Lrp.Onnx.Kernels;
using Lrp.Onnx.Modules;

namespace Lrp.Onnx.Lowering;

/// <summary>Turns a graph into modules, in the order of computation.</summary>
internal sealed class GraphLowering
{
    private readonly GraphView _view;
    private readonly Evaluation _evaluation;
    private readonly List<(int Place, Part Part)> _parts = [];

    private GraphLowering(GraphView view, Evaluation evaluation)
    {
        (_view, _evaluation) = (view, evaluation);
    }

    /// <summary>Makes the parts; none is left behind when one cannot be made.</summary>
    public static IReadOnlyList<Part> Run(GraphView view, Evaluation evaluation)
    {
        var lowering = new GraphLowering(view, evaluation);
        try
        {
            return lowering.Run();
        }
        catch
        {
            lowering._parts.ForEach(entry => entry.Part.Module?.Dispose());
            throw;
        }
    }

    private IReadOnlyList<Part> Run()
    {
        var nodes = _view.Graph.Nodes;
        var place = nodes
            .SelectMany((node, k) => node.Outputs.Select(name => (name, k)))
            .Where(entry => entry.name.Length > 0)
            .ToDictionary(entry => entry.name, entry => entry.k, StringComparer.Ordinal);
        var norms = new NormPatterns(_view, _evaluation);
        var activations = new ActivationPatterns(_view, _evaluation);
        Add(nodes, node => LinearPatterns.Find(_view, node));
        Add(nodes.AsEnumerable().Reverse(), Softmax);
        Add(nodes.AsEnumerable().Reverse(), norms.Find);
        Add(nodes.AsEnumerable().Reverse(), activations.Find);
        Add(nodes, new CellPatterns(_view, _evaluation).Find);
        Add(nodes, Single);
        return ModuleNames.Assign([.. _parts.OrderBy(entry => entry.Place).Select(entry => entry.Part)]);

        void Add(IEnumerable<Node> order, Func<Node, Part?> find)
        {
            foreach (var node in order.Where(node => !_view.IsClaimed(node)))
            {
                if (find(node) is { } part)
                {
                    _parts.Add((place[part.Outputs.First(name => name.Length > 0)], part));
                }
            }
        }
    }

    private Part? Softmax(Node node)
    {
        if (WrittenSoftmax.Of(node, _view.Producer) is not { } softmax || !_view.Carries(softmax.Input))
        {
            return null;
        }

        var inside = softmax.Nodes.ToHashSet();
        if (inside.Any(_view.IsClaimed) || !_view.IsClosed(inside, node.Outputs[0]))
        {
            return null;
        }

        _view.Claim(inside);
        var block = new Block(_evaluation, [.. _view.Graph.Nodes.Where(inside.Contains)]);
        return Parts.Of(node.Name, new Softmax(block), block);
    }

    private Part Single(Node node)
    {
        _view.Claim([node]);
        if (!node.Outputs.Any(name => name.Length > 0 && _view.Carries(name)))
        {
            return new Part(node.Name, null, inputs => _evaluation.Run(node, inputs), node.Inputs, node.Outputs);
        }

        if (SingleActivations.Find(_view, node) is { } known)
        {
            return Part.Of(node.Name, known, node.Inputs[0], node.Outputs[0]);
        }

        var carriers = _view.Carriers(node);
        var block = new Block(
            _evaluation,
            [node],
            node.Operator == "Div" && carriers.Count > 1 ? [node.Inputs[1]] : []
        );
        var module = Module(node, block, carriers);
        return
            module is Activation
            && carriers is [var input]
            && new ActivationPatterns(_view, _evaluation).Rectifier(block, input) is { } rectifier
            ? Part.Of(node.Name, rectifier, input, node.Outputs[0])
            : Parts.Of(node.Name, module, block);
    }

    private GraphModule Module(Node node, Block block, List<string> carriers)
    {
        if (_view.Paths.IsEntry(node))
        {
            return new Entry(block);
        }

        var isJoint = carriers.Count > 1;
        var usesTwice = node.Inputs.Count(_view.Carries) > 1;
        return OperatorTable.Of(node).Role switch
        {
            Role.Linear => new MatrixProduct(block),
            Role.Activation => new Activation(block),
            Role.Scale => new Scale(block),
            Role.Sum => isJoint ? new Sum(block)
            : usesTwice ? new Scale(block)
            : new Shift(block),
            Role.Product => isJoint
                ? new Product(block, new Gates(_view, _evaluation).Position(node, block))
                : new Scale(block),
            Role.Quotient => isJoint ? new Normalization(block, node.Inputs[1])
            : _view.Carries(node.Inputs[0]) ? new Scale(block)
            : new Activation(block),
            Role.MatrixProduct => new MatrixProduct(block),
            Role.Average => IsNearest(node) ? new Movement(block) : new Average(block),
            Role.Movement => node.Operator is "Max" or "Min" && !isJoint ? new Activation(block) : new Movement(block),
            Role.Norm => new Normalization(block),
            Role.Softmax => new Softmax(block),
            Role.Recurrent => new Recurrence(block),
            var other => throw new OnnxUnsupportedException(
                $"{node.Title} carries relevance, and is meant for {other}."
            ),
        };
    }

    private static bool IsNearest(Node node) =>
        node.Operator is "Resize" or "Upsample" && node.Text("mode", "nearest") == "nearest";
}
