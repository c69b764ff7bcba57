using Lrp.Onnx.Format;

namespace Lrp.Onnx.Graphs;

/// <summary>A node of a graph in which functions are inlined: names of values in, names of values out.</summary>
internal sealed class Node
{
    private readonly IReadOnlyDictionary<string, AttributeDefinition> _attributes;

    public Node(
        string op,
        string domain,
        long opset,
        string name,
        IReadOnlyList<string> inputs,
        IReadOnlyList<string> outputs,
        IReadOnlyDictionary<string, AttributeDefinition> attributes
    )
    {
        (Operator, Domain, Opset, Name, Inputs, Outputs) = (op, domain, opset, name, inputs, outputs);
        _attributes = attributes;
    }

    public string Operator { get; }
    public string Domain { get; }

    /// <summary>The version of the domain that the node is written for.</summary>
    public long Opset { get; }

    /// <summary>The node's name, unlike that of any other node.</summary>
    public string Name { get; }

    /// <summary>Names of values; empty for an input that is left out.</summary>
    public IReadOnlyList<string> Inputs { get; }
    public IReadOnlyList<string> Outputs { get; }

    /// <summary>Operator and domain, as messages name them.</summary>
    public string FullOperator => Domain.Length == 0 ? Operator : $"{Domain}.{Operator}";

    /// <summary>The node, as messages name it.</summary>
    public string Title => $"Node '{Name}' ({FullOperator}, opset {Opset})";

    public AttributeDefinition? Attribute(string name) => _attributes.GetValueOrDefault(name);

    public bool Has(string name) => _attributes.ContainsKey(name);

    public bool HasInput(int position) => position < Inputs.Count && Inputs[position].Length > 0;

    public long Int(string name, long otherwise) => Of(name, AttributeKind.Int)?.Int ?? otherwise;

    public double Float(string name, double otherwise) => Of(name, AttributeKind.Float)?.Float ?? otherwise;

    public string Text(string name, string otherwise) => Of(name, AttributeKind.String)?.String ?? otherwise;

    public long[]? Ints(string name) => Of(name, AttributeKind.Ints) is { } found ? [.. found.Ints] : null;

    public double[]? Floats(string name) => Of(name, AttributeKind.Floats) is { } found ? [.. found.Floats] : null;

    public string[]? Texts(string name) => Of(name, AttributeKind.Strings) is { } found ? [.. found.Strings] : null;

    /// <summary>The same node with other inputs and outputs.</summary>
    public Node With(IReadOnlyList<string> inputs, IReadOnlyList<string> outputs) =>
        new(Operator, Domain, Opset, Name, inputs, outputs, _attributes);

    /// <summary>The same operator as another node.</summary>
    public Node Again(string name, IReadOnlyList<string> inputs, IReadOnlyList<string> outputs) =>
        new(Operator, Domain, Opset, name, inputs, outputs, _attributes);

    /// <summary>A node of another operator with the same name and attributes.</summary>
    public Node As(string op, string domain, long opset, IReadOnlyList<string> inputs, IReadOnlyList<string> outputs) =>
        new(op, domain, opset, Name, inputs, outputs, _attributes);

    /// <summary>A node of one output, of ONNX's own domain and of opset 13.</summary>
    public static Node Of(
        string op,
        string name,
        IReadOnlyList<string> inputs,
        string output,
        params (string Name, long Value)[] attributes
    ) =>
        new(
            op,
            "",
            13,
            name,
            inputs,
            [output],
            attributes.ToDictionary(
                attribute => attribute.Name,
                attribute => new AttributeDefinition
                {
                    Name = attribute.Name,
                    Kind = AttributeKind.Int,
                    Int = attribute.Value,
                },
                StringComparer.Ordinal
            )
        );

    private AttributeDefinition? Of(string name, AttributeKind kind) =>
        !_attributes.TryGetValue(name, out var found) ? null
        : found.Kind == kind ? found
        : throw WrongKind(name, found.Kind, kind);

    internal OnnxGraphException WrongKind(string name, AttributeKind found, AttributeKind wanted) =>
        new($"{Title} has the attribute '{name}' as {found}; the operator takes {wanted}.");
}
