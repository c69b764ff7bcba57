using Lrp.Onnx.Graphs;
using Lrp.Onnx.Kernels;

namespace Lrp.Onnx.Lowering;

/// <summary>Which factor of a product is its gate.</summary>
internal sealed class Gates(GraphView view, Evaluation evaluation)
{
    /// <summary>
    /// The position of the factor that was computed from the other one, or that comes out of a sigmoid; null where that
    /// tells nothing.
    /// </summary>
    public int? Position(Node node, Block block)
    {
        if (view.Carriers(node) is not [var a, var b])
        {
            return null;
        }

        var (fromA, fromB) = (IsFrom(b, a), IsFrom(a, b));
        var (isGateA, isGateB) = (IsSquashed(a), IsSquashed(b));
        var gate =
            fromA != fromB ? (fromA ? b : a)
            : isGateA != isGateB ? (isGateA ? a : b)
            : null;
        return gate is null ? null : block.PositionOf(gate);
    }

    private bool IsFrom(string value, string source)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var waiting = new Stack<string>([value]);
        while (waiting.TryPop(out var next))
        {
            if (next == source)
            {
                return true;
            }

            if (seen.Add(next) && view.Carries(next) && view.Producer(next) is { } node)
            {
                node.Inputs.Where(view.Carries).ToList().ForEach(waiting.Push);
            }
        }

        return false;
    }

    private bool IsSquashed(string value) =>
        IsBehind(value, node => node.Operator is "Sigmoid" or "HardSigmoid" or "Softmax");

    /// <summary>Whether a value comes out of a sigmoid, however it is written, and was only moved since.</summary>
    public bool IsGate(string value) => IsBehind(value, node => node.Operator is "Sigmoid" or "HardSigmoid");

    private bool IsBehind(string value, Func<Node, bool> isOne)
    {
        var function = new EntrywiseFunction(view, evaluation);
        while (view.Producer(value) is { } node)
        {
            if (isOne(node) || function.IsSigmoid(value))
            {
                return true;
            }

            if (
                OperatorTable.Of(node).Role is not (Role.Movement or Role.Scale)
                || view.Carriers(node) is not [var before]
            )
            {
                return false;
            }

            value = before;
        }

        return false;
    }
}
