using Lrp.Onnx.Format;
using Lrp.Onnx.Graphs;

namespace Lrp.Onnx.Kernels;

/// <summary>All operators that are supported, by domain and name.</summary>
internal static class OperatorTable
{
    private static readonly string[] OfRounding =
    [
        "QuantizeLinear",
        "DequantizeLinear",
        "DynamicQuantizeLinear",
        "QLinearConv",
        "QLinearMatMul",
        "MatMulInteger",
        "ConvInteger",
        "QLinearAdd",
    ];

    /// <summary>The rows, in the order of the documentation.</summary>
    public static IReadOnlyList<Operator> All { get; } =
    [
        .. Windowing.Operators,
        .. MatrixProducts.Operators,
        .. Elementwise.Operators,
        .. Arithmetic.Operators,
        .. Normalizations.Operators,
        .. Recurrences.Operators,
        .. Reductions.Operators,
        .. Resizing.Operators,
        .. Moving.Operators,
        .. Selection.Operators,
        .. Numbers.Operators,
        .. Quantization.Operators,
        .. Attending.Operators,
    ];

    private static readonly Dictionary<(string, string), Operator> ByName = All.ToDictionary(row =>
        (row.Domain, row.Name)
    );

    /// <summary>The names of all operators that files may have.</summary>
    public static IEnumerable<string> Names =>
        All.Where(row => row.Domain != ExpansionBody.Own)
            .Select(row => (row.Domain, row.Name))
            .Concat(Expansions.Operators)
            .Select(each => each.Domain.Length == 0 ? each.Name : $"{each.Domain}.{each.Name}")
            .Order(StringComparer.Ordinal);

    /// <summary>The row of a node.</summary>
    /// <exception cref="OnnxUnsupportedException">There is none; the message names all that there are.</exception>
    public static Operator Of(Node node) =>
        ByName.TryGetValue((node.Domain, node.Operator), out var row)
            ? row
            : throw new OnnxUnsupportedException(
                $"{node.Title} is an operator without a rule for relevance."
                    + (
                        OfRounding.Contains(node.Operator)
                            ? " It rounds between layers, where no relevance is defined: use the model that was not "
                                + "quantised, or one in which only weights are."
                            : ""
                    )
                    + $" Supported are {string.Join(", ", Names)}."
            );

    /// <summary>Says why a node that rounds cannot carry relevance.</summary>
    public static OnnxUnsupportedException Rounding(Node node) =>
        new(
            $"{node.Title} rounds what is computed, where no relevance is defined: use the model that was not "
                + "quantised, "
                + "or one in which only weights are."
        );
}
