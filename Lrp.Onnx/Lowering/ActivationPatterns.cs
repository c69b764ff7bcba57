using Lrp.Onnx.Graphs;
using Lrp.Onnx.Kernels;
using Lrp.Onnx.Modules;

namespace Lrp.Onnx.Lowering;

/// <summary>
/// Activations that a file writes in several nodes. What works entry by entry on one tensor, with numbers besides, is
/// one activation, whatever the spelling: x·σ(x), x·Φ(x), log(eˣ + 1), min(max(x, 0), 6).
/// </summary>
internal sealed class ActivationPatterns(GraphView view, Evaluation evaluation)
{
    private const int Farthest = 32;
    private readonly Dictionary<string, List<string>> _sources = new(StringComparer.Ordinal);

    /// <summary>The part whose last node is this one; null where it is no activation of several nodes.</summary>
    public Part? Find(Node node) => Joined(node) ?? Chained(node);

    /// <summary>Two ways from one tensor that come together again.</summary>
    private Part? Joined(Node node)
    {
        if (!Joins(node) || view.Carriers(node) is not { Count: 2 } carriers)
        {
            return null;
        }

        var common = Sources(carriers[0]).Intersect(Sources(carriers[1])).FirstOrDefault();
        return common is null ? null : Fused(node, common);
    }

    /// <summary>
    /// Functions one after the other, with a number added between them or before; behind one that saturates or grows as
    /// eˣ also after it, as in 2σ(2x) − 1.
    /// </summary>
    private Part? Chained(Node node)
    {
        if (!IsCurved(node) && !EndsBehindCurve(node))
        {
            return null;
        }

        var (first, shifts) = (node, node.Operator is "Add" or "Sub" ? 1 : 0);
        while (
            view.Free(view.Carriers(first)[0]) is { } before
            && IsStep(before)
            && view.OnlyUser(before.Outputs[0]) == first
        )
        {
            first = before;
            shifts += before.Operator is "Add" or "Sub" ? 1 : 0;
        }

        return shifts == 0 ? null : Fused(node, view.Carriers(first)[0]);
    }

    private Part? Fused(Node last, string source)
    {
        var inside = new HashSet<Node>();
        var waiting = new Queue<string>([last.Outputs[0]]);
        while (waiting.TryDequeue(out var value))
        {
            if (value != source && view.Carries(value) && view.Producer(value) is { } node && inside.Add(node))
            {
                view.Carriers(node).ForEach(waiting.Enqueue);
            }
        }

        if (inside.Any(view.IsClaimed) || !view.IsClosed(inside, last.Outputs[0]))
        {
            return null;
        }

        view.Claim(inside);
        var block = new Block(evaluation, [.. view.Graph.Nodes.Where(inside.Contains)]);
        return Parts.Of(last.Name, new Activation(block), block);
    }

    /// <summary>The values that a value is a function of entry by entry, the nearest first.</summary>
    private List<string> Sources(string value, int depth = 0)
    {
        if (_sources.TryGetValue(value, out var known))
        {
            return known;
        }

        var found = new List<string> { value };
        if (depth > Farthest)
        {
            return found;
        }

        _sources[value] = found;
        if (view.Free(value) is { } node)
        {
            var carriers = view.Carriers(node);
            var further =
                IsStep(node) ? Sources(carriers[0], depth + 1)
                : Joins(node) && carriers.Count == 2
                    ? Sources(carriers[0], depth + 1).Intersect(Sources(carriers[1], depth + 1)).ToList()
                : [];
            found.AddRange(further.Take(Farthest));
        }

        return found;
    }

    private bool Joins(Node node) =>
        node.Operator is "Mul" or "Div" or "Add" or "Sub" or "Max" or "Min" or "Sum" || Chooses(node);

    /// <summary>Whether a node chooses between values by comparing one that both are computed from.</summary>
    private bool Chooses(Node node) =>
        node.Operator == "Where"
        && view.Producer(node.Inputs[0]) is { Operator: "Greater" or "GreaterOrEqual" or "Less" or "LessOrEqual" } test
        && test.Inputs.All(name => view.Carries(name) || view.Constant(name)?.numel() == 1)
        && view.Carriers(test) is [var compared]
        && view.Carriers(node).TrueForAll(name => Sources(name).Contains(compared));

    /// <summary>Whether a node works entry by entry on one tensor.</summary>
    private bool IsStep(Node node) =>
        view.Carriers(node).Count == 1
        && (GraphView.RoleOf(node) is Role.Activation || node.Operator is "Neg" or "Identity" || Joins(node))
        && node.Inputs.All(name =>
            name.Length == 0 || view.Carries(name) || view.Constant(name) is { } given && given.numel() == 1
        );

    private bool IsCurved(Node node) =>
        IsStep(node)
        && (
            GraphView.RoleOf(node) is Role.Activation
            || node.Operator is "Max" or "Min"
            || (node.Operator == "Div" && !view.Carries(node.Inputs[0]))
        );

    /// <summary>Whether a node adds to a saturating function, or multiplies it by a number.</summary>
    private bool EndsBehindCurve(Node node)
    {
        while (IsStep(node) && !IsCurved(node))
        {
            if (
                view.Free(view.Carriers(node)[0]) is not { } before
                || view.OnlyUser(before.Outputs[0]) is not { } user
                || user != node
            )
            {
                return false;
            }

            node = before;
        }

        return IsCurved(node)
            && node.Operator is "Exp" or "Sigmoid" or "HardSigmoid" or "Tanh" or "Erf" or "Clip" or "Div";
    }
}
