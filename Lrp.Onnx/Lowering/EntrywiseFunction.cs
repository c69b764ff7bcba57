using Lrp.Onnx.Graphs;
using Lrp.Onnx.Kernels;
using static TorchSharp.torch;

namespace Lrp.Onnx.Lowering;

/// <summary>What nodes compute entry by entry, found out by computing it, however they are written.</summary>
internal sealed class EntrywiseFunction(GraphView view, Evaluation evaluation)
{
    private const int Farthest = 16;
    private const double Tolerance = 1e-3;

    /// <summary>
    /// Whether a value is a sigmoid of some value before it, a hard one or one minus one: it falls or rises between 0
    /// and 1, with ½ in the middle.
    /// </summary>
    public bool IsSigmoid(string value)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var x = linspace(-20, 20, 81);
        return Before(value).Any(source => Of(value, source, x) is { } y && IsSigmoid(y));
    }

    private static bool IsSigmoid(Tensor given)
    {
        var y = given.to_type(ScalarType.Float64).data<double>().ToArray();
        y = y[0] > y[^1] ? [.. y.Reverse()] : y;
        return y.Zip(y.Skip(1)).All(pair => pair.First <= pair.Second + 1e-6)
            && Math.Abs(y[0]) < Tolerance
            && Math.Abs(y[y.Length / 2] - 0.5) < Tolerance
            && Math.Abs(y[^1] - 1) < Tolerance;
    }

    /// <summary>The values that a value may be a function of.</summary>
    private List<string> Before(string value)
    {
        var found = new List<string>();
        var waiting = new Queue<string>([value]);
        while (found.Count < Farthest && waiting.TryDequeue(out var next))
        {
            foreach (var carrier in Node(next) is { } node ? view.Carriers(node) : [])
            {
                if (!found.Contains(carrier))
                {
                    found.Add(carrier);
                    waiting.Enqueue(carrier);
                }
            }
        }

        return found;
    }

    private Tensor? Of(string value, string source, Tensor x)
    {
        if (value == source)
        {
            return x;
        }

        if (view.Constant(value) is { } constant)
        {
            return constant.numel() == 1 ? constant.reshape([]) : null;
        }

        if (Node(value) is not { } node)
        {
            return null;
        }

        var inputs = node.Inputs.Select(name => name.Length == 0 ? null : Of(name, source, x)).ToList();
        return inputs.Where((input, k) => input is null && node.Inputs[k].Length > 0).Any()
            ? null
            : evaluation.Run(node, inputs)[0];
    }

    private Node? Node(string value) =>
        view.Producer(value) is { } node
        && (
            OperatorTable.Of(node).Role == Role.Activation
            || node.Operator is "Add" or "Sub" or "Mul" or "Div" or "Max" or "Min" or "Neg" or "Identity"
        )
            ? node
            : null;
}
