using System.Text;
using Lrp.Onnx.Graphs;

namespace Lrp.Onnx.Kernels;

/// <summary>What each operator does to relevance, in words: the table of docs/onnx.md.</summary>
internal static class RoleTexts
{
    /// <param name="Role">The role.</param>
    /// <param name="Composites">The rule under presets for convolutional networks.</param>
    /// <param name="AttnLrp">The rule under AttnLRP.</param>
    /// <param name="Remarks">What else there is to know.</param>
    private sealed record Text(Role Role, string Composites, string AttnLrp, string Remarks);

    private static readonly Text[] Texts =
    [
        new(
            Role.Linear,
            "the convolution's rule",
            "Epsilon",
            "a layer of TorchSharp; its own padding is inside the rule; an added constant for each channel is its bias"
        ),
        new(
            Role.MatrixProduct,
            "by a constant matrix: the fully connected layer's rule; of computed matrices: UniformEpsilon",
            "by a constant matrix: Epsilon; of computed matrices: half each",
            "by a constant matrix on either side it is `Linear`, and an added constant is its bias; "
                + "a `Gemm` that adds more than a bias is a product and a sum"
        ),
        new(Role.BatchNorm, "merged into the layer before, or Pass", "Epsilon", "`OnnxModel.BatchNorms` merges"),
        new(Role.Activation, "Pass", "Pass", "in however many nodes it is written"),
        new(Role.Scale, "Pass", "Pass", ""),
        new(Role.Sum, "Norm; with a constant Pass", "Epsilon", "a constant keeps its share under AttnLRP"),
        new(
            Role.Product,
            "all to the factor that is no gate; equal shares where none is",
            "half each",
            "by a constant or a mask Pass; in an activation or a norm part of that"
        ),
        new(Role.Quotient, "the divisor is a constant", "the divisor is a constant", "by a constant Pass"),
        new(Role.Average, "Norm", "Epsilon", "nearest Resize: as Reshape"),
        new(Role.Movement, "the gradient", "the gradient", "`Gather` of a table by ids is an `Embedding`"),
        new(Role.Norm, "Pass", "Epsilon, the divisor a constant", "also where it is written in several nodes"),
        new(
            Role.Softmax,
            "Epsilon (x · its gradient)",
            "Epsilon (x · its gradient)",
            "where it is the last node, what it is given is explained"
        ),
        new(
            Role.Recurrent,
            "gates constant, cell and signal in proportion",
            "gates constant, cell and signal in proportion",
            "initial states are constants; also where cells are written in several nodes"
        ),
        new(
            Role.Quantized,
            "that of the layer of numbers; rounding Pass",
            "that of the layer of numbers; rounding Pass",
            "whole numbers q become s·(q − z), the weights' too"
        ),
        new(Role.Numbers, "none", "none", "shapes, masks, positions and constants"),
    ];

    /// <summary>The table in Markdown.</summary>
    public static string Table()
    {
        var text = new StringBuilder("| operators | rule under presets | rule under AttnLRP | remarks |\n");
        text.Append("| --- | --- | --- | --- |\n");
        foreach (var row in Texts)
        {
            var names = OperatorTable
                .All.Where(each => each.Role == row.Role && each.Domain != ExpansionBody.Own)
                .Select(each => OperatorTable.FullName(each.Domain, each.Name))
                .Order(StringComparer.Ordinal);
            text.Append(null, $"| {string.Join(", ", names)} | {row.Composites} | {row.AttnLrp} | {row.Remarks} |\n");
        }

        var written = Expansions
            .Operators.Select(each => OperatorTable.FullName(each.Domain, each.Name))
            .Order(StringComparer.Ordinal);
        text.Append(
            null,
            $"| {string.Join(", ", written)} | of its parts | of its parts | written out as other operators |\n"
        );
        return text.ToString();
    }
}
