using Lrp.Onnx.Format;
using Lrp.Onnx.Graphs;
using static TorchSharp.torch;

namespace Lrp.Onnx.Kernels;

/// <summary>What a node does to relevance; RoleTexts says it in words.</summary>
internal enum Role
{
    Linear,
    BatchNorm,
    Activation,
    Scale,
    Sum,
    Product,
    Quotient,
    MatrixProduct,
    Average,
    Movement,
    Norm,
    Softmax,
    Recurrent,
    Embedding,
    Quantized,
    Numbers,
}

/// <summary>An operator: how it is computed, and what it does to relevance. One row of the table.</summary>
internal sealed class Operator
{
    private readonly (string Name, AttributeKind Kind, bool IsRequired, string[] Supported)[] _attributes;

    /// <param name="name">The operator.</param>
    /// <param name="role">What it does to relevance.</param>
    /// <param name="run">Computes its outputs.</param>
    /// <param name="inputs">How many inputs it needs, and how many it takes.</param>
    /// <param name="attributes">
    /// Such as <c>axis!:i mode:s=edge|wrap</c>: the name, ! where it must be there, i, f, s, t, is, fs or ss for its
    /// kind, and the texts or numbers that are supported where not all are.
    /// </param>
    /// <param name="domain">Its domain; empty for ONNX's own.</param>
    /// <param name="outputs">How many of its outputs are computed, where not all are.</param>
    public Operator(
        string name,
        Role role,
        Func<Call, Tensor?[]> run,
        (int Least, int Most) inputs,
        string attributes = "",
        string domain = "",
        int outputs = int.MaxValue
    )
    {
        (Name, Role, Run, Inputs, Domain, Outputs) = (name, role, run, inputs, domain, outputs);
        _attributes =
        [
            .. attributes
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(text => text.Split(':', '='))
                .Select(parts =>
                    (
                        parts[0].TrimEnd('!'),
                        KindOf(parts[1]),
                        parts[0].EndsWith('!'),
                        parts.Length > 2 ? parts[2].Split('|') : []
                    )
                ),
        ];
    }

    public string Name { get; }
    public string Domain { get; }
    public Role Role { get; }
    public Func<Call, Tensor?[]> Run { get; }
    public (int Least, int Most) Inputs { get; }
    public int Outputs { get; }

    /// <summary>Checks a node's inputs and attributes.</summary>
    public void Check(Node node)
    {
        for (var k = 0; k < Inputs.Least; k++)
        {
            if (!node.HasInput(k))
            {
                throw new OnnxGraphException(
                    $"{node.Title} needs {Inputs.Least} inputs, and input {k + 1} is missing."
                );
            }
        }

        if (node.Inputs.Count > Inputs.Most)
        {
            throw new OnnxGraphException(
                $"{node.Title} has {node.Inputs.Count} inputs; it takes {Inputs.Most} at most."
            );
        }

        if (node.Outputs.Count == 0)
        {
            throw new OnnxGraphException($"{node.Title} has no outputs.");
        }

        foreach (var (name, kind, isRequired, supported) in _attributes)
        {
            if (node.Attribute(name) is not { } attribute)
            {
                if (isRequired)
                {
                    throw new OnnxGraphException($"{node.Title} lacks the attribute '{name}'.");
                }
            }
            else if (attribute.Kind != kind)
            {
                throw node.WrongKind(name, attribute.Kind, kind);
            }
            else if (supported.Length > 0 && Values(attribute).FirstOrDefault(value => !IsIn(value)) is { } other)
            {
                throw new OnnxUnsupportedException(
                    $"{node.Title} has the {name} '{other}'; supported are {string.Join(", ", supported)}."
                );
            }

            bool IsIn(string value) => supported.Contains(value, StringComparer.OrdinalIgnoreCase);
        }
    }

    private static IEnumerable<string> Values(AttributeDefinition attribute) =>
        attribute.Kind switch
        {
            AttributeKind.String => [attribute.String],
            AttributeKind.Int => [$"{attribute.Int}"],
            _ => attribute.Strings,
        };

    private static AttributeKind KindOf(string letter) =>
        letter switch
        {
            "i" => AttributeKind.Int,
            "f" => AttributeKind.Float,
            "s" => AttributeKind.String,
            "t" => AttributeKind.Tensor,
            "is" => AttributeKind.Ints,
            "fs" => AttributeKind.Floats,
            "ss" => AttributeKind.Strings,
            _ => throw new ArgumentException($"'{letter}' is no kind of attribute."),
        };
}
