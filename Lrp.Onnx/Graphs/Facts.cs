using Lrp.Onnx.Format;
using TorchSharp;

namespace Lrp.Onnx.Graphs;

/// <summary>What is known of a value before anything runs.</summary>
/// <param name="Type">Its element type; null for unknown.</param>
/// <param name="Shape">Its sizes, -1 for unknown ones; null where even the rank is.</param>
internal sealed record Fact(torch.ScalarType? Type, long[]? Shape)
{
    public static Fact Unknown { get; } = new(null, null);

    public int? Rank => Shape?.Length;

    public override string ToString() =>
        Shape is null ? "of unknown shape" : $"[{string.Join(", ", Shape.Select(size => size < 0 ? "?" : $"{size}"))}]";
}

/// <summary>
/// Types and shapes as far as they follow from the inputs' and the constants', so that what does not fit is refused
/// when the file is loaded. What an operator does not tell stays unknown.
/// </summary>
internal sealed class Facts
{
    private static readonly HashSet<string> Truth =
    [
        "And",
        "Or",
        "Xor",
        "Not",
        "Equal",
        "Greater",
        "Less",
        "GreaterOrEqual",
        "LessOrEqual",
        "IsNaN",
        "IsInf",
    ];

    private static readonly HashSet<string> OneType =
    [
        "Add",
        "Sub",
        "Mul",
        "Div",
        "Sum",
        "Mean",
        "Max",
        "Min",
        "MatMul",
        "Gemm",
        "Conv",
        "ConvTranspose",
        "Concat",
    ];

    private readonly Dictionary<string, Fact> _facts = new(StringComparer.Ordinal);

    /// <param name="graph">The graph.</param>
    /// <param name="floats">The type of all floating point tensors; null for that in the file.</param>
    public Facts(Graph graph, torch.ScalarType? floats)
    {
        foreach (var (name, tensor) in graph.Constants)
        {
            _facts[name] = new Fact(tensor.dtype, tensor.shape);
        }

        foreach (var input in graph.Inputs)
        {
            var type = input.Type == 0 ? null : ElementType.Of(input.Type, $"Input '{input.Name}'");
            _facts[input.Name] = new Fact(type is { IsFloating: true } ? floats ?? type.Held : type?.Held, input.Shape);
        }

        foreach (var node in graph.Nodes)
        {
            Fact[] inputs = [.. node.Inputs.Select(Of)];
            ThrowIfTypesDiffer(node, inputs);
            var type = TypeOf(node, inputs);
            var shape = OutputShapes.Of(node, inputs, graph);
            for (var k = 0; k < node.Outputs.Count; k++)
            {
                var same = k == 0 || node.Operator == "Split";
                _facts[node.Outputs[k]] = same ? new Fact(type, shape) : Fact.Unknown;
            }
        }
    }

    public Fact Of(string name) => _facts.GetValueOrDefault(name, Fact.Unknown);

    private static void ThrowIfTypesDiffer(Node node, Fact[] inputs)
    {
        if (!OneType.Contains(node.Operator) || node.Domain.Length > 0)
        {
            return;
        }

        var known = inputs.Select(fact => fact.Type).OfType<torch.ScalarType>().Distinct().ToList();
        if (known.Count > 1)
        {
            throw new OnnxGraphException(
                $"{node.Title} takes inputs of one type, and is given {string.Join(" and ", known)}."
            );
        }
    }

    private static torch.ScalarType? TypeOf(Node node, Fact[] inputs) =>
        Truth.Contains(node.Operator) ? torch.ScalarType.Bool
        : node.Operator is "Shape" or "Size" or "ArgMax" or "ArgMin" or "NonZero" ? torch.ScalarType.Int64
        : node.Operator is "Where" ? inputs[1].Type
        : node.Operator is "Cast" or "CastLike" or "ConstantOfShape" or "OneHot" or "EyeLike" ? null
        : IsRounding(node) ? inputs[0].Type
        : node.Domain.Length > 0 || inputs.Length == 0 ? null
        : inputs[0].Type;

    /// <summary>Whether a node rounds its first input to whole numbers with a scale, and keeps its shape.</summary>
    internal static bool IsRounding(Node node) =>
        node is { Domain: ExpansionBody.Own, Operator: "Rounded" or "DynamicallyRounded" };
}
