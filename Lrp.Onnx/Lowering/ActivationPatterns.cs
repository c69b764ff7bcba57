using Lrp.Onnx.Format;
using Lrp.Onnx.Graphs;
using Lrp.Onnx.Kernels;
using Lrp.Onnx.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Onnx.Lowering;

/// <summary>
/// Activations that a file writes in several nodes. What works entry by entry on one tensor, with numbers besides, is
/// one activation, whatever the spelling: x·σ(x), x·Φ(x), log(eˣ + 1), min(max(x, 0), 6).
/// </summary>
internal sealed class ActivationPatterns(GraphView view, Evaluation evaluation)
{
    private const int Farthest = 32;
    private const double Rounding = 1e-6;

    /// <summary>Where functions are computed to know them: from far below zero to far above, and close to it.</summary>
    private static readonly double[] Places =
    [
        .. Enumerable.Range(-1000, 2001).Select(k => k / 100.0),
        .. Enumerable.Range(-20, 41).SelectMany(k => new[] { Math.Pow(2, k), -Math.Pow(2, k) }),
    ];

    private static readonly HashSet<string> Joining =
    [
        "Add",
        "And",
        "Div",
        "Equal",
        "Greater",
        "GreaterOrEqual",
        "Identity",
        "Less",
        "LessOrEqual",
        "Max",
        "Min",
        "Mul",
        "Neg",
        "Not",
        "Or",
        "Sub",
        "Sum",
        "Where",
        "Xor",
    ];

    private readonly Dictionary<string, List<string>> _sources = new(StringComparer.Ordinal);

    /// <summary>The part whose last node is this one; null where it is no activation of several nodes.</summary>
    public Part? Find(Node node) => Joined(node) ?? Chained(node);

    /// <summary>Ways from one tensor that come together, and a factor behind, as in x·(1 + erf(x))/2.</summary>
    private Part? Joined(Node node)
    {
        var isFactor = node.Operator is "Mul" or "Div" && IsStep(node) && view.Carries(node.Inputs[0]);
        var joining = isFactor || (node.Operator == "Mul" && IsStep(node)) ? view.Free(view.Carriers(node)[0]) : node;
        return
            joining is not null
            && (joining == node || view.OnlyUser(joining.Outputs[0]) == node)
            && Common(joining) is { } common
            ? Fused(node, common)
            : null;
    }

    /// <summary>The value that all that a node joins is computed from, entry by entry.</summary>
    private string? Common(Node node)
    {
        if (!IsEntrywise(node) || Varying(node) is not { Count: > 1 } joined)
        {
            return null;
        }

        return Shared(joined, 0).FirstOrDefault(view.Carries);
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

        var source = view.Carriers(first)[0];
        return shifts > 0 ? Fused(node, source)
            : first != node ? Fused(node, source, onlyRectifiers: true)
            : null;
    }

    private Part? Fused(Node last, string source, bool onlyRectifiers = false)
    {
        var inside = new HashSet<Node>();
        var waiting = new Queue<string>([last.Outputs[0]]);
        while (waiting.TryDequeue(out var value))
        {
            if (value != source && view.Producer(value) is { } node && inside.Add(node))
            {
                Varying(node).ForEach(waiting.Enqueue);
            }
        }

        if (inside.Any(view.IsClaimed) || !view.IsClosed(inside, last.Outputs[0]))
        {
            return null;
        }

        var block = new Block(evaluation, [.. view.Graph.Nodes.Where(inside.Contains)]);
        var known = Rectifier(block, source);
        if (onlyRectifiers && known is null)
        {
            return null;
        }

        view.Claim(inside);
        return known is not null
            ? Part.Of(last.Name, known, source, last.Outputs[0])
            : Parts.Of(last.Name, new Activation(block), block);
    }

    /// <summary>
    /// The layer of TorchSharp that composites match, where a function of one tensor is max(x, 0), cut off at 6 or not;
    /// null otherwise.
    /// </summary>
    public nn.Module<Tensor, Tensor>? Rectifier(Block block, string source)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var type = view.Facts.Of(source).Type ?? ScalarType.Float32;
        using var x = tensor(Places).to_type(type is ScalarType.Float64 ? type : ScalarType.Float32);
        Tensor?[] given = [.. block.Inputs.Select(name => name == source ? x : view.Constant(name))];
        if (
            type is ScalarType.Float16 or ScalarType.BFloat16
            || given.Any(each => each is null || (each.numel() != 1 && !ReferenceEquals(each, x)))
        )
        {
            return null;
        }

        try
        {
            var y = block.Run(given, false)[0]!;
            return !y.shape.AsSpan().SequenceEqual(x.shape) ? null
                : Is(y, x.relu()) ? nn.ReLU()
                : Is(y, x.clamp(0, 6)) ? nn.ReLU6()
                : null;
        }
        catch (OnnxException)
        {
            return null; // it is computed of other shapes only
        }

        bool Is(Tensor y, Tensor expected) => y.sub(expected).abs().le(x.abs().mul(Rounding)).all().ToBoolean();
    }

    /// <summary>The values that a value is a function of entry by entry, the nearest first.</summary>
    private List<string> Sources(string value, int depth)
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
        if (view.Free(value) is { } node && IsEntrywise(node) && Varying(node) is { Count: > 0 } given)
        {
            found.AddRange(Shared(given, depth).Take(Farthest));
        }

        return found;
    }

    /// <summary>The sources that values have in common.</summary>
    private List<string> Shared(List<string> values, int depth) =>
        values.Select(value => Sources(value, depth + 1)).Aggregate((first, second) => [.. first.Intersect(second)]);

    /// <summary>The inputs of a node that are no constants, each once.</summary>
    private List<string> Varying(Node node) =>
        [.. node.Inputs.Where(name => name.Length > 0 && view.Constant(name) is null).Distinct()];

    /// <summary>Whether a node works entry by entry, with single numbers for constants.</summary>
    private bool IsEntrywise(Node node) =>
        node.Domain.Length == 0
        && (
            GraphView.RoleOf(node) is Role.Activation
            || Joining.Contains(node.Operator)
            || (node.Operator == "Cast" && !view.Carries(node.Outputs[0]))
        )
        && node.Inputs.All(name => name.Length == 0 || view.Constant(name) is not { } given || given.numel() == 1);

    /// <summary>Whether a node works entry by entry on one tensor.</summary>
    private bool IsStep(Node node) =>
        IsEntrywise(node) && Varying(node) is [var only] && view.Carries(only) && view.Carries(node.Outputs[0]);

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
