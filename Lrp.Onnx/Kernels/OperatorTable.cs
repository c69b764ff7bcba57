using Lrp.Onnx.Format;
using Lrp.Onnx.Graphs;

namespace Lrp.Onnx.Kernels;

/// <summary>All operators that are supported, by domain and name.</summary>
internal static class OperatorTable
{
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
            .Select(each => FullName(each.Domain, each.Name))
            .Order(StringComparer.Ordinal);

    /// <summary>An operator as messages and the documentation name it.</summary>
    public static string FullName(string domain, string name) => domain.Length == 0 ? name : $"{domain}.{name}";

    /// <summary>The row of a node.</summary>
    /// <exception cref="OnnxUnsupportedException">There is none; the message names all that there are.</exception>
    public static Operator Of(Node node) =>
        ByName.TryGetValue((node.Domain, node.Operator), out var row)
            ? row
            : throw new OnnxUnsupportedException(
                $"{node.Title} is an operator without a rule for relevance."
                    + $" Supported are {string.Join(", ", Names)}."
            );

    /// <summary>Says why whole numbers cannot carry relevance.</summary>
    public static OnnxUnsupportedException Rounding(Node node) =>
        new(
            $"{node.Title} makes whole numbers of what is computed in a way that has no meaning as numbers; use the "
                + "model that was not quantised, or one in which only weights are."
        );
}
