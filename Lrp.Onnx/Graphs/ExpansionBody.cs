using Lrp.Onnx.Format;

namespace Lrp.Onnx.Graphs;

/// <summary>The nodes that a node stands for, while they are written down.</summary>
internal sealed class ExpansionBody
{
    /// <summary>The domain of operators that only expansions use.</summary>
    public const string Own = "lrp";

    private const long Opset = 23;
    private readonly NodeDefinition _node;
    private readonly long _opset;

    /// <param name="node">The node.</param>
    /// <param name="opset">The version of its domain.</param>
    public ExpansionBody(NodeDefinition node, long opset)
    {
        (_node, _opset) = (node, opset);
        Function = new FunctionDefinition { Name = node.Operator, Domain = node.Domain };
        Function.Opsets[""] = Opset;
        Function.Opsets[Own] = 1;
        Function.Inputs.AddRange(Enumerable.Range(0, node.Inputs.Count).Select(k => $"in{k}"));
        Function.Outputs.AddRange(Enumerable.Range(0, node.Outputs.Count).Select(k => $"out{k}"));
    }

    public FunctionDefinition Function { get; }

    private string Title =>
        $"Node '{(_node.Name.Length > 0 ? _node.Name : _node.Outputs.FirstOrDefault())}' "
        + $"({(_node.Domain.Length == 0 ? "" : $"{_node.Domain}.")}{_node.Operator}, opset {_opset})";

    /// <summary>An input's name; empty where it is left out.</summary>
    public string this[int position] => Has(position) ? $"in{position}" : "";

    public bool Has(int position) => position < _node.Inputs.Count && _node.Inputs[position].Length > 0;

    public bool HasOutput(int position) => position < _node.Outputs.Count && _node.Outputs[position].Length > 0;

    public double Float(string name, double otherwise) => Of(name, AttributeKind.Float)?.Float ?? otherwise;

    public long Int(string name, long otherwise) => Of(name, AttributeKind.Int)?.Int ?? otherwise;

    public string Text(string name, string otherwise) => Of(name, AttributeKind.String)?.String ?? otherwise;

    public double[]? Floats(string name) => Of(name, AttributeKind.Floats) is { } found ? [.. found.Floats] : null;

    public long[]? Ints(string name) => Of(name, AttributeKind.Ints) is { } found ? [.. found.Ints] : null;

    /// <summary>Adds a node of one output.</summary>
    /// <returns>The name of its output.</returns>
    public string Add(string op, string[] inputs, params (string Name, object Value)[] attributes) =>
        Node(op, "", inputs, 1, attributes)[0];

    /// <summary>Adds a node of one output, of an operator that only expansions use.</summary>
    public string AddOwn(string op, string[] inputs, params (string Name, object Value)[] attributes) =>
        Node(op, Own, inputs, 1, attributes)[0];

    /// <summary>Adds a node with the attributes that the written out node has.</summary>
    public string Copy(string op, string[] inputs, string domain)
    {
        var output = Node(op, domain, inputs, 1, [])[0];
        foreach (var (name, attribute) in _node.Attributes)
        {
            Function.Nodes[^1].Attributes[name] = attribute;
        }

        return output;
    }

    /// <summary>Adds a Split of the last dimension.</summary>
    public string[] Split(string value, int count, long[]? sizes) =>
        sizes is { Length: > 0 }
            ? Node("Split", "", [value, Numbers(sizes)], count, [("axis", -1L)])
            : Node("Split", "", [value], count, [("axis", -1L), ("num_outputs", (long)count)]);

    /// <summary>Adds what an input of whole numbers means by its scale and its zero point.</summary>
    public string Meant(int value, int scale, int zero, long axis) =>
        Add(
            "DequantizeLinear",
            Has(zero) ? [this[value], this[scale], this[zero]] : [this[value], this[scale]],
            ("axis", axis)
        );

    /// <summary>Adds the whole numbers that a value becomes.</summary>
    public string Rounded(string value, int scale, int zero) =>
        Add("QuantizeLinear", Has(zero) ? [value, this[scale], this[zero]] : [value, this[scale]]);

    /// <summary>Says that the node is written in a way that is not supported.</summary>
    public OnnxUnsupportedException Unsupported(string what) => new($"{Title} {what}.");

    /// <summary>Adds a constant.</summary>
    public string Numbers(params long[] values) => Add("Constant", [], ("value_ints", values));

    /// <summary>Says that a value is an output, where the node has that output.</summary>
    /// <returns>The value's name from here on.</returns>
    public string Result(string value, int output = 0)
    {
        if (HasOutput(output))
        {
            foreach (var node in Function.Nodes)
            {
                Rename(node.Inputs, value, $"out{output}");
                Rename(node.Outputs, value, $"out{output}");
            }

            return $"out{output}";
        }

        return value;
    }

    private static void Rename(List<string> names, string from, string to)
    {
        for (var k = 0; k < names.Count; k++)
        {
            names[k] = names[k] == from ? to : names[k];
        }
    }

    private string[] Node(
        string op,
        string domain,
        string[] inputs,
        int outputs,
        (string Name, object Value)[] attributes
    )
    {
        var place = Function.Nodes.Count;
        var node = new NodeDefinition
        {
            Operator = op,
            Domain = domain,
            Name = $"{op}_{place}",
        };
        node.Inputs.AddRange(inputs);
        node.Outputs.AddRange(Enumerable.Range(0, outputs).Select(k => $"v{place}_{k}"));
        foreach (var (name, value) in attributes)
        {
            node.Attributes[name] = Attribute(name, value);
        }

        Function.Nodes.Add(node);
        return [.. node.Outputs];
    }

    private static AttributeDefinition Attribute(string name, object value)
    {
        var attribute = new AttributeDefinition { Name = name };
        switch (value)
        {
            case double number:
                (attribute.Kind, attribute.Float) = (AttributeKind.Float, number);
                break;
            case long number:
                (attribute.Kind, attribute.Int) = (AttributeKind.Int, number);
                break;
            case string text:
                (attribute.Kind, attribute.String) = (AttributeKind.String, text);
                break;
            case long[] numbers:
                attribute.Kind = AttributeKind.Ints;
                attribute.Ints.AddRange(numbers);
                break;
            default:
                throw new ArgumentException($"A {value.GetType().Name} is no attribute.", nameof(value));
        }

        return attribute;
    }

    private AttributeDefinition? Of(string name, AttributeKind kind) =>
        !_node.Attributes.TryGetValue(name, out var found) ? null
        : found.Kind == kind ? found
        : throw new OnnxGraphException(
            $"{Title} has the attribute '{name}' as {found.Kind}; the " + $"operator takes {kind}."
        );
}
