using Lrp.Onnx.Format;

namespace Lrp.Onnx.Graphs;

/// <summary>Writes the nodes of a model's own functions where they are called.</summary>
internal sealed class FunctionInlining
{
    private const int MostNodes = 1 << 20;
    private const int Deepest = 64;
    private readonly Dictionary<(string Domain, string Name), FunctionDefinition> _functions = [];
    private readonly ModelDefinition _model;
    private readonly List<Node> _nodes = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private int _calls;

    public FunctionInlining(ModelDefinition model)
    {
        _model = model;
        foreach (var function in model.Functions)
        {
            var domain = function.Domain == "ai.onnx" ? "" : function.Domain;
            if (!_functions.TryAdd((domain, function.Name), function))
            {
                throw new OnnxGraphException($"The function '{function.Name}' of '{domain}' is defined twice.");
            }
        }
    }

    /// <summary>The nodes of the graph, those of functions among them.</summary>
    public List<Node> Run()
    {
        Add(_model.Graph!.Nodes, _model.Opsets, name => name, new Dictionary<string, AttributeDefinition>(), "", []);
        return _nodes;
    }

    private void Add(
        List<NodeDefinition> nodes,
        Dictionary<string, long> opsets,
        Func<string, string> rename,
        Dictionary<string, AttributeDefinition> given,
        string path,
        List<FunctionDefinition> inside
    )
    {
        foreach (var node in nodes)
        {
            string[] inputs = [.. node.Inputs.Select(rename)];
            string[] outputs = [.. node.Outputs.Select(rename)];
            var attributes = Attributes(node, given);
            var opset = opsets.GetValueOrDefault(node.Domain, _model.Opsets.GetValueOrDefault(node.Domain));
            var function =
                _functions.GetValueOrDefault((node.Domain, node.Operator))
                ?? Expansions.Of(Resolved(node, inputs, attributes), opset);
            if (function is not null)
            {
                Call(function, node, inputs, outputs, attributes, path, inside);
                continue;
            }

            if (_nodes.Count >= MostNodes)
            {
                throw new OnnxLimitException(
                    $"The model has more than {MostNodes} nodes once its functions are inlined."
                );
            }

            _nodes.Add(
                new Node(node.Operator, node.Domain, opset, Unique(node, outputs, path), inputs, outputs, attributes)
            );
        }
    }

    private void Call(
        FunctionDefinition function,
        NodeDefinition node,
        string[] inputs,
        string[] outputs,
        Dictionary<string, AttributeDefinition> attributes,
        string path,
        List<FunctionDefinition> inside
    )
    {
        if (inside.Contains(function))
        {
            throw new OnnxGraphException(
                $"The function '{function.Name}' of '{function.Domain}' calls itself: "
                    + string.Join(" → ", inside.Append(function).Select(each => each.Name))
            );
        }

        if (inside.Count >= Deepest || _calls >= MostNodes)
        {
            throw new OnnxLimitException(
                $"The model's functions call each other more than {MostNodes} times, or deeper than {Deepest} levels."
            );
        }

        var prefix = $"{path}{(node.Name.Length > 0 ? node.Name : $"{node.Operator}_{_calls}")}/";
        _calls++;
        var names = new Dictionary<string, string>(StringComparer.Ordinal) { [""] = "" };
        for (var k = 0; k < function.Inputs.Count; k++)
        {
            names[function.Inputs[k]] = k < inputs.Length ? inputs[k] : "";
        }

        for (var k = 0; k < function.Outputs.Count && k < outputs.Length; k++)
        {
            names[function.Outputs[k]] = outputs[k];
        }

        var all = new Dictionary<string, AttributeDefinition>(function.Defaults, StringComparer.Ordinal);
        foreach (var (name, attribute) in attributes)
        {
            all[name] = attribute;
        }

        Add(
            function.Nodes,
            function.Opsets,
            name => names.TryGetValue(name, out var known) ? known : names[name] = $"{prefix}{name}#{_calls}",
            all,
            prefix,
            [.. inside, function]
        );
    }

    /// <summary>A node with the inputs and attributes that the call of its function gives it.</summary>
    private static NodeDefinition Resolved(
        NodeDefinition node,
        string[] inputs,
        Dictionary<string, AttributeDefinition> attributes
    )
    {
        var resolved = new NodeDefinition
        {
            Name = node.Name,
            Operator = node.Operator,
            Domain = node.Domain,
        };
        resolved.Inputs.AddRange(inputs);
        resolved.Outputs.AddRange(node.Outputs);
        foreach (var (name, attribute) in attributes)
        {
            resolved.Attributes[name] = attribute;
        }

        return resolved;
    }

    private static Dictionary<string, AttributeDefinition> Attributes(
        NodeDefinition node,
        Dictionary<string, AttributeDefinition> given
    )
    {
        var result = new Dictionary<string, AttributeDefinition>(StringComparer.Ordinal);
        foreach (var (name, attribute) in node.Attributes)
        {
            if (attribute.Reference is not { Length: > 0 } reference)
            {
                result[name] = attribute;
            }
            else if (given.TryGetValue(reference, out var value))
            {
                result[name] = value;
            }
        }

        return result;
    }

    private string Unique(NodeDefinition node, string[] outputs, string path)
    {
        var wanted =
            node.Name.Length > 0 ? path + node.Name
            : outputs.FirstOrDefault(output => output.Length > 0) is { } output ? output
            : path + node.Operator;
        var name = wanted;
        for (var k = 2; !_names.Add(name); k++)
        {
            name = $"{wanted}_{k}";
        }

        return name;
    }
}
