using Lrp.Onnx.Graphs;
using Lrp.Onnx.Kernels;
using Lrp.Onnx.Modules;

namespace Lrp.Onnx.Lowering;

/// <summary>
/// Gates of LSTM and GRU cells that a file writes in nodes. As in the operators LSTM and GRU, a product of a gate and a
/// state has the gate as a constant, whereas the factors of other products share relevance.
/// </summary>
/// <remarks>
/// A state is a sum that mixes a candidate, tanh(v), with the state before by gates: f·c + i·g, (1 − z)·n + z·h,
/// n + z·(h − n). The output o·tanh(c) and the reset r·h inside v belong to it.
/// </remarks>
internal sealed class CellPatterns
{
    private const int Deepest = 16;
    private readonly GraphView _view;
    private readonly Evaluation _evaluation;
    private readonly Gates _gates;

    /// <summary>Products of cells, with the gate of each.</summary>
    private readonly Dictionary<Node, string> _products = [];

    public CellPatterns(GraphView view, Evaluation evaluation)
    {
        (_view, _evaluation, _gates) = (view, evaluation, new Gates(view, evaluation));
        foreach (var node in view.Graph.Nodes.Where(node => node.Operator is "Add" or "Sum" && node.Inputs.Count == 2))
        {
            Mixture(node);
        }
    }

    /// <summary>The part of a product that belongs to a cell; null for other nodes.</summary>
    public Part? Find(Node node)
    {
        if (!_products.TryGetValue(node, out var gate))
        {
            return null;
        }

        _view.Claim([node]);
        var block = new Block(_evaluation, [node], gate);
        return Parts.Of(node.Name, new Recurrence(block), block);
    }

    private void Mixture(Node node)
    {
        var (first, second) = (Gated(node.Inputs[0]), Gated(node.Inputs[1]));
        if (first is { } a && second is { } b)
        {
            if (Candidate(a.Signal) is { } candidate || (candidate = Candidate(b.Signal)) is not null)
            {
                Add(node, candidate, a, b);
            }
        }
        else if ((first ?? second) is { } product)
        {
            var other = node.Inputs[first is null ? 0 : 1];
            if (
                _view.Producer(product.Signal) is { Operator: "Sub" } difference
                && difference.Inputs.Contains(other)
                && difference.Inputs.Select(Candidate).FirstOrDefault(each => each is not null) is { } candidate
            )
            {
                Add(node, candidate, product);
            }
        }
    }

    private void Add(Node state, Node candidate, params IEnumerable<(Node Node, string Gate, string Signal)> products)
    {
        foreach (var (node, gate, _) in products)
        {
            _products[node] = gate;
        }

        Resets(candidate.Inputs[0], 0, true);
        foreach (var output in _view.Consumers(state.Outputs[0]).Where(user => user?.Operator == "Tanh"))
        {
            foreach (var user in _view.Consumers(output!.Outputs[0]).OfType<Node>())
            {
                if (Gated(user.Outputs[0]) is { } product)
                {
                    _products[product.Node] = product.Gate;
                }
            }
        }
    }

    /// <summary>Products by a gate that a candidate is the sum of, or that a layer of that sum is given.</summary>
    private void Resets(string value, int depth, bool entersLayer)
    {
        if (depth > Deepest || _view.Producer(value) is not { } node)
        {
            return;
        }

        if (Gated(value) is { } product)
        {
            // r·h is one where the candidate's layers are given h; a product of other features, before them, is not.
            if (entersLayer || IsState(product.Signal))
            {
                _products[product.Node] = product.Gate;
            }
        }
        else if (node.Operator is "MatMul" or "Gemm" or "Einsum")
        {
            _view.Carriers(node).ForEach(input => Resets(input, depth + 1, false));
        }
        else if (entersLayer && (node.Operator is "Add" or "Sub" or "Sum" || IsMoved(node)))
        {
            _view.Carriers(node).ForEach(input => Resets(input, depth + 1, true));
        }
    }

    /// <summary>Whether a value is a state of a step before, which such products have been found for.</summary>
    private bool IsState(string value) =>
        _view.Consumers(value).Any(user => user is not null && (_products.ContainsKey(user) || user.Operator == "Sub"));

    /// <summary>A product by a gate, behind whatever only moves it.</summary>
    private (Node Node, string Gate, string Signal)? Gated(string value)
    {
        if (Unmoved(value) is not { Operator: "Mul" } node || node.Inputs.Count != 2 || !_view.Carries(node.Outputs[0]))
        {
            return null;
        }

        foreach (var (gate, signal) in new[] { (node.Inputs[0], node.Inputs[1]), (node.Inputs[1], node.Inputs[0]) })
        {
            if (_view.Carries(gate) && _gates.IsGate(gate))
            {
                return (node, gate, signal);
            }
        }

        return null;
    }

    private Node? Candidate(string value) => Unmoved(value) is { Operator: "Tanh" } node ? node : null;

    private Node? Unmoved(string value)
    {
        var node = _view.Producer(value);
        while (node is not null && IsMoved(node))
        {
            node = _view.Producer(_view.Carriers(node)[0]);
        }

        return node;
    }

    private bool IsMoved(Node node) =>
        GraphView.RoleOf(node) is Role.Movement && _view.Carriers(node).Count == 1 && _view.Carries(node.Outputs[0]);
}
