using Lrp.Onnx.Format;
using TorchSharp;

namespace Lrp.Onnx.Graphs;

/// <summary>The shapes of what operators return, as far as they follow from those of the inputs.</summary>
internal static class OutputShapes
{
    private static readonly HashSet<string> SameAsFirst =
    [
        "Relu",
        "LeakyRelu",
        "Elu",
        "Celu",
        "Selu",
        "ThresholdedRelu",
        "HardSigmoid",
        "HardSwish",
        "Gelu",
        "Mish",
        "Swish",
        "Softplus",
        "Softsign",
        "Sigmoid",
        "Tanh",
        "Erf",
        "Exp",
        "Log",
        "Sqrt",
        "Reciprocal",
        "Abs",
        "Sign",
        "Floor",
        "Ceil",
        "Round",
        "Neg",
        "Identity",
        "Clip",
        "PRelu",
        "Pow",
        "Softmax",
        "LogSoftmax",
        "BatchNormalization",
        "LayerNormalization",
        "RMSNormalization",
        "InstanceNormalization",
        "GroupNormalization",
        "LRN",
        "LpNormalization",
        "Dropout",
        "Trilu",
        "CumSum",
    ];

    private static readonly HashSet<string> Broadcasting =
    [
        "Add",
        "Sub",
        "Mul",
        "Div",
        "Sum",
        "Mean",
        "Max",
        "Min",
        "And",
        "Or",
        "Xor",
        "Equal",
        "Greater",
        "Less",
        "GreaterOrEqual",
        "LessOrEqual",
        "Mod",
    ];

    /// <summary>The shape of a node's outputs; null where even its rank is unknown.</summary>
    /// <exception cref="OnnxShapeException">The inputs' shapes do not fit each other.</exception>
    public static long[]? Of(Node node, Fact[] inputs, Graph graph)
    {
        if (Facts.IsRounding(node))
        {
            return inputs[0].Shape;
        }

        if (node.Domain.Length > 0 || inputs.Length == 0)
        {
            return null;
        }

        if (Broadcasting.Contains(node.Operator))
        {
            return inputs.Select(fact => fact.Shape).Aggregate((a, b) => Broadcast(node, inputs, a, b));
        }

        if (SameAsFirst.Contains(node.Operator) || node.Operator is "Cast" or "Not")
        {
            return inputs[0].Shape;
        }

        var shape = inputs[0].Shape;
        return node.Operator switch
        {
            "MatMul" => Product(node, inputs),
            "Gemm" => General(node, inputs),
            "Conv" => Convolved(node, inputs),
            "ConvTranspose" => shape is null || inputs[1].Shape is not { Length: > 2 } weight
                ? null
                : [shape[0], weight[1] * node.Int("group", 1), .. weight[2..].Select(_ => -1L)],
            "MaxPool" or "AveragePool" or "GlobalAveragePool" or "GlobalMaxPool" or "LpPool" => shape
                is not { Length: > 2 }
                ? null
                :
                [
                    shape[0],
                    shape[1],
                    .. shape[2..].Select(_ => node.Operator.StartsWith("Global", StringComparison.Ordinal) ? 1L : -1),
                ],
            "Flatten" => node.Int("axis", 1) == 1 && shape is { Length: > 0 }
                ? [shape[0], shape[1..].Contains(-1) ? -1 : shape[1..].Aggregate(1L, (all, size) => all * size)]
                : [-1, -1],
            "Transpose" => shape is null ? null
            : node.Ints("perm") is not { } order ? [.. shape.Reverse()]
            : order.Length == shape.Length && order.All(k => k >= 0 && k < shape.Length)
                ? [.. order.Select(k => shape[k])]
            : null,
            "Reshape" => Numbers(graph, node, 1) is { } wanted && !wanted.Contains(0)
                ? [.. wanted.Select(size => size < 0 ? -1 : size)]
            : inputs[1].Shape is [var rank] && rank is >= 0 and < 64 ? [.. Enumerable.Repeat(-1L, (int)rank)]
            : null,
            "Resize" or "Upsample" => shape is null
                ? null
                : [.. shape.Select((size, k) => k < 2 && shape.Length > 2 ? size : -1)],
            "Concat" or "Slice" or "Pad" or "Split" or "Tile" => shape is null ? null : [.. shape.Select(_ => -1L)],
            _ => null,
        };
    }

    private static long[]? Numbers(Graph graph, Node node, int position) =>
        node.HasInput(position)
        && graph.Constants.TryGetValue(node.Inputs[position], out var tensor)
        && tensor.dim() == 1
            ? tensor.to(torch.ScalarType.Int64).data<long>().ToArray()
            : null;

    private static long[]? Broadcast(Node node, Fact[] inputs, long[]? a, long[]? b)
    {
        if (a is null || b is null)
        {
            return null;
        }

        var result = new long[Math.Max(a.Length, b.Length)];
        for (var k = 1; k <= result.Length; k++)
        {
            var (left, right) = (k <= a.Length ? a[^k] : 1, k <= b.Length ? b[^k] : 1);
            result[^k] =
                left == 1 ? right
                : right == 1 || left == right ? left
                : left == -1 || right == -1 ? Math.Max(left, right)
                : throw Unfit(node, inputs, "takes tensors of one shape, or of shapes that broadcast");
        }

        return result;
    }

    private static long[]? Product(Node node, Fact[] inputs)
    {
        if (inputs[0].Shape is not { Length: > 0 } a || inputs[1].Shape is not { Length: > 0 } b)
        {
            return null;
        }

        var (inner, other) = (a[^1], b.Length == 1 ? b[0] : b[^2]);
        if (inner != other && inner >= 0 && other >= 0)
        {
            throw Unfit(node, inputs, "has no product");
        }

        if (a.Length == 1 || b.Length == 1)
        {
            return [.. a[..^1], .. b.Length == 1 ? [] : b[..^2], .. b.Length == 1 ? Array.Empty<long>() : [b[^1]]];
        }

        return [.. Broadcast(node, inputs, a[..^2], b[..^2])!, a[^2], b[^1]];
    }

    private static long[]? General(Node node, Fact[] inputs)
    {
        if (inputs[0].Shape is not { } a || inputs[1].Shape is not { } b)
        {
            return [-1, -1];
        }

        if (a.Length != 2 || b.Length != 2)
        {
            throw Unfit(node, inputs, "takes matrices");
        }

        var (rows, inner) = node.Int("transA", 0) == 1 ? (a[1], a[0]) : (a[0], a[1]);
        var (other, columns) = node.Int("transB", 0) == 1 ? (b[1], b[0]) : (b[0], b[1]);
        if (inner != other && inner >= 0 && other >= 0)
        {
            throw Unfit(node, inputs, "has no product");
        }

        if (inputs.Length > 2 && inputs[2].Shape is { } bias)
        {
            Broadcast(node, inputs, bias, [rows, columns]);
        }

        return [rows, columns];
    }

    private static long[]? Convolved(Node node, Fact[] inputs)
    {
        if (inputs[1].Shape is not { } weight)
        {
            return null;
        }

        var channels = weight.Length > 1 ? weight[1] * node.Int("group", 1) : -1;
        if (
            weight.Length < 3
            || (inputs[0].Shape is { } x && (x.Length != weight.Length || (x[1] >= 0 && x[1] != channels)))
        )
        {
            throw Unfit(node, inputs, "is a convolution whose weights do not fit its input");
        }

        return [inputs[0].Shape?[0] ?? -1, weight[0], .. weight[2..].Select(_ => -1L)];
    }

    private static OnnxShapeException Unfit(Node node, Fact[] inputs, string what) =>
        new($"{node.Title} {what}. Its inputs are {string.Join(" and ", inputs.Select(input => input.ToString()))}.");
}
