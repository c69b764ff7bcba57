using Lrp.Onnx.Graphs;
using Lrp.Onnx.Kernels;
using Lrp.Onnx.Modules;

namespace Lrp.Onnx.Lowering;

/// <summary>
/// Norms that a file writes in several nodes: a product or a quotient of x and of something that is computed from x
/// alone, over whole dimensions, and that scales with x so that the result does not. However it is written, it counts
/// as a divisor.
/// </summary>
internal sealed class NormPatterns(GraphView view, Evaluation evaluation)
{
    private const int Deepest = 64;

    /// <summary>The part whose last node is this one; null where it is no norm.</summary>
    public Part? Find(Node node)
    {
        if (view.Carriers(node) is not { Count: 2 } || node.Inputs.Count != 2)
        {
            return null;
        }

        var (first, second) = (node.Inputs[0], node.Inputs[1]);
        return node.Operator switch
        {
            "Mul" => Of(node, first, second) ?? Of(node, second, first),
            "Div" => Of(node, first, second),
            "Add" or "Sub" => Distributed(node),
            _ => null,
        };
    }

    /// <summary>x·f + (β − m·f), as a norm is written where one factor f holds the divisor and the scale.</summary>
    private Part? Distributed(Node node)
    {
        foreach (var x in node.Inputs.Select(view.Free).Where(IsProduct).SelectMany(product => view.Carriers(product!)))
        {
            var measured = new Measurement(view, x);
            if (measured.Degree(node.Outputs[0], 0) == 0 && measured.Reduces && IsWhole(measured.Seen, node))
            {
                var divisors = measured
                    .Seen.Where(IsProduct)
                    .SelectMany(each =>
                        each.Operator == "Div"
                            ? [each.Inputs[1]]
                            : each.Inputs.Where(value => measured.Degree(value, 0) == -1)
                    );
                Node[] nodes = [.. view.Graph.Nodes.Where(measured.Seen.Contains)];
                view.Claim(nodes);
                var block = new Block(evaluation, nodes, divisors);
                return Parts.Of(node.Name, new Normalization(block), block);
            }
        }

        return null;
    }

    private bool IsProduct(Node? node) => node?.Operator is "Mul" or "Div" && view.Carriers(node!).Count == 2;

    private bool IsWhole(HashSet<Node> inside, Node last) =>
        !inside.Any(view.IsClaimed) && view.IsClosed(inside, last.Outputs[0]);

    private Part? Of(Node node, string x, string factor)
    {
        var sign = node.Operator == "Mul" ? 1 : -1;
        foreach (var root in Roots(x))
        {
            var measured = new Measurement(view, root);
            var (own, other) = (measured.Degree(x, 0), measured.Degree(factor, 0));
            if (own is null || other is null || !measured.Reduces || Math.Abs(own.Value + (sign * other.Value)) > 1e-6)
            {
                continue;
            }

            var inside = new HashSet<Node>(measured.Seen) { node };
            var isWhole = IsWhole(inside, node);
            Node[] nodes = isWhole ? [.. view.Graph.Nodes.Where(inside.Contains)] : [node];
            view.Claim(nodes);
            var block = new Block(evaluation, nodes, factor);
            return Parts.Of(node.Name, new Normalization(block, factor), block);
        }

        return null;
    }

    /// <summary>x itself, and what a mean was subtracted from to give it; the farthest first.</summary>
    private IEnumerable<string> Roots(string x)
    {
        if (view.Producer(x) is { Operator: "Sub" } centred && view.Carries(centred.Inputs[0]))
        {
            var measured = new Measurement(view, centred.Inputs[0]);
            if (measured.Degree(centred.Inputs[1], 0) == 1 && measured.Reduces)
            {
                yield return centred.Inputs[0];
            }
        }

        yield return x;
    }

    /// <summary>How values scale when a root is scaled.</summary>
    private sealed class Measurement(GraphView view, string root)
    {
        private readonly Dictionary<string, double?> _degrees = new(StringComparer.Ordinal) { [root] = 1 };

        /// <summary>Whether whole dimensions were reduced.</summary>
        public bool Reduces { get; private set; }

        /// <summary>The nodes between the root and what was asked for.</summary>
        public HashSet<Node> Seen { get; } = [];

        /// <summary>The power of the root's scale; null where there is none, or where other values come in.</summary>
        public double? Degree(string value, int depth)
        {
            if (_degrees.TryGetValue(value, out var known))
            {
                return known;
            }

            if (!view.Carries(value))
            {
                return 0;
            }

            return _degrees[value] =
                depth > Deepest || view.Producer(value) is not { } node ? null : Of(node, depth + 1);
        }

        private double? Of(Node node, int depth)
        {
            double?[] inputs = [.. node.Inputs.Select(name => name.Length == 0 ? 0 : Degree(name, depth))];
            var degree = node.Operator switch
            {
                "Mul" or "MatMul" => inputs[0] + inputs[1],
                "Div" => inputs[0] - inputs[1],
                "Pow" => inputs[0] * Number(node, 1),
                "Sqrt" => inputs[0] / 2,
                "Reciprocal" => -inputs[0],
                "Add" or "Sub" or "Max" or "Min" or "Sum" => Common(node, inputs),
                "Clip" or "Abs" or "Neg" or "Cast" or "Identity" or "Expand" or "Unsqueeze" or "Squeeze" or "Reshape" =>
                    inputs[0],
                "ReduceMean" or "ReduceSum" or "ReduceMax" or "ReduceL1" or "ReduceL2" or "GlobalAveragePool" => inputs[
                    0
                ],
                "ReduceSumSquare" => inputs[0] * 2,
                _ => null,
            };
            if (degree is not null)
            {
                Seen.Add(node);
                Reduces |=
                    node.Operator.StartsWith("Reduce", StringComparison.Ordinal)
                    || node.Operator == "GlobalAveragePool";
            }

            return degree;
        }

        /// <summary>The degree of all summands; a constant one, such as ε, does not count.</summary>
        private double? Common(Node node, double?[] degrees)
        {
            var counted = degrees.Where((_, k) => view.Carries(node.Inputs[k])).Distinct().ToList();
            return counted is [{ } only] ? only : null;
        }

        private double? Number(Node node, int position) =>
            view.Constant(node.Inputs[position]) is { } given && given.numel() == 1
                ? given.to(TorchSharp.torch.ScalarType.Float64).item<double>()
                : null;
    }
}
