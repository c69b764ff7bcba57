using Lrp.Onnx.Format;

namespace Lrp.Onnx.Graphs;

/// <summary>
/// Rewrites layers of whole numbers as the layers of numbers that they stand for, so that rules have their weights: a
/// value of whole numbers q becomes what it means, s·(q − z), under the same name, and rounding is a node of its own.
/// </summary>
internal sealed class Dequantization
{
    private const long OpsetOfMeant = 13;
    private const long Float = 1;

    /// <summary>Operators that only move entries or pick some of them: they do the same to what is meant.</summary>
    private static readonly HashSet<string> Moving =
    [
        "Concat",
        "DepthToSpace",
        "Expand",
        "Flatten",
        "Gather",
        "GlobalMaxPool",
        "Identity",
        "MaxPool",
        "Reshape",
        "Slice",
        "SpaceToDepth",
        "Split",
        "Squeeze",
        "Tile",
        "Transpose",
        "Unsqueeze",
    ];

    private readonly Graph _graph;
    private readonly List<Node> _nodes = [];
    private readonly ILookup<string, Node?> _consumers;
    private readonly Dictionary<string, Node> _producers;
    private readonly HashSet<Node> _done = [];

    private readonly Meanings _meanings;

    /// <summary>Scales and zero points that only exist when the model runs; nothing computes them any more.</summary>
    private readonly HashSet<string> _dynamic = new(StringComparer.Ordinal);

    private Dequantization(Graph graph)
    {
        _graph = graph;
        _meanings = new Meanings(graph);
        _consumers = graph.Consumers();
        _producers = graph.Producers();
    }

    /// <summary>Rewrites a graph whose constant scales are computed.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="isOwn">Whether the outputs are those of the file, and none that somebody asked for.</param>
    /// <exception cref="OnnxUnsupportedException">Whole numbers are used in a way that has no such meaning.</exception>
    public static void Run(Graph graph, bool isOwn)
    {
        var rewriting = new Dequantization(graph);
        foreach (var node in graph.Nodes.Where(node => !rewriting._done.Contains(node)))
        {
            rewriting.Rewrite(node);
        }

        graph.Nodes = rewriting._nodes;
        if (isOwn && graph.Outputs.FirstOrDefault(output => rewriting._meanings.Has(output.Name)) is { } output)
        {
            throw new OnnxUnsupportedException(
                $"The output '{output.Name}' is of whole numbers with a scale; let the model end in DequantizeLinear."
            );
        }
    }

    private void Rewrite(Node node)
    {
        switch (node.FullOperator)
        {
            case "QuantizeLinear":
                Add(node.As("Rounded", ExpansionBody.Own, 1, node.Inputs, node.Outputs));
                _meanings.Add(node.Outputs[0], node.Inputs[1], Input(node, 2));
                return;
            case "DynamicQuantizeLinear":
                Add(node.As("DynamicallyRounded", ExpansionBody.Own, 1, node.Inputs, [node.Outputs[0]]));
                _meanings.Add(node.Outputs[0], node.Outputs[1], node.Outputs[2]);
                _dynamic.UnionWith(node.Outputs.Skip(1));
                return;
            case "DequantizeLinear":
                Dequantize(node);
                return;
            case "MatMulInteger":
                Product(node, "MatMul");
                return;
            case "ConvInteger":
                Product(node, "Conv");
                return;
            case "com.microsoft.MatMulIntegerToFloat":
                var (first, second) = (Meant(node, 0, 2, 4, -2), Meant(node, 1, 3, 5, -1));
                Biased(node, first, second, 6);
                return;
            case "com.microsoft.DynamicQuantizeMatMul":
                var rounded = $"{node.Name}#rounded";
                var rounding = Node.Of("Rounding", $"{node.Name}_rounding", [node.Inputs[0]], rounded);
                Add(rounding.As("DynamicallyRounded", ExpansionBody.Own, 1, [node.Inputs[0]], [rounded]));
                Biased(node, rounded, Meant(node, 1, 2, 3, -1), 4);
                return;
            case "com.microsoft.QLinearConcat":
                Layer(node, IntegerLayer.Concat(node.Inputs.Count));
                return;
        }

        if (IntegerLayer.Of(node) is { } layer)
        {
            Layer(node, layer);
        }
        else
        {
            Keep(node);
        }
    }

    private void Dequantize(Node node)
    {
        var value = node.Inputs[0];
        if (_graph.Constants.ContainsKey(value))
        {
            Add(node);
        }
        else if (_meanings.Has(value))
        {
            Add(node.As("Identity", "", OpsetOfMeant, [Meant(node, 0, 1, 2, 0)], node.Outputs));
        }
        else
        {
            // Whole numbers of an input, such as the bytes of an image.
            Add(Node.Of("Cast", $"{node.Name}_cast", [value], $"{value}#numbers", ("to", Float)));
            string[] inputs = [$"{value}#numbers", .. node.Inputs.Skip(1)];
            Add(node.As("Dequantized", ExpansionBody.Own, 1, inputs, node.Outputs));
        }
    }

    private void Layer(Node node, IntegerLayer layer)
    {
        if (node.Int("channels_last", 0) == 1)
        {
            throw new OnnxUnsupportedException($"{node.Title} has its channels last, which is not supported.");
        }

        List<string> inputs =
        [
            .. layer.Operands.Select(operand => Meant(node, operand.Value, operand.Scale, operand.Zero, operand.Axis)),
        ];
        if (layer.Bias >= 0 && node.HasInput(layer.Bias))
        {
            var (bias, scale) = (node.Inputs[layer.Bias], $"{node.Name}#scale");
            string[] scales = [.. layer.Operands.Select(operand => node.Inputs[operand.Scale])];
            Add(Node.Of("Mul", $"{node.Name}_scale", scales, scale));
            Add(Node.Of("DequantizeLinear", $"{node.Name}_bias", [bias, scale], $"{node.Name}#bias", ("axis", 0)));
            inputs.Add($"{node.Name}#bias");
        }

        var exact = $"{node.Outputs[0]}#exact";
        var opset = node.Domain.Length == 0 ? node.Opset : node.Int("opset", OpsetOfMeant);
        Add(node.As(layer.Meant, "", opset, inputs, [exact]));
        var (s, z) = (node.Inputs[layer.Scale], Input(node, layer.Scale + 1));
        string[] rounded = z.Length > 0 ? [exact, s, z] : [exact, s];
        var rounding = Node.Of("Rounded", $"{node.Name}_rounding", rounded, node.Outputs[0]);
        Add(rounding.As("Rounded", ExpansionBody.Own, 1, rounded, node.Outputs));
        _meanings.Add(node.Outputs[0], s, z);
    }

    /// <summary>A product of whole numbers, made a number by Cast and by Mul by the scales of both factors.</summary>
    private void Product(Node node, string meant)
    {
        if (
            User(node) is not { Operator: "Cast" } cast
            || User(cast) is not { Operator: "Mul" } mul
            || _producers.GetValueOrDefault(mul.Inputs.FirstOrDefault(input => input != cast.Outputs[0], ""))
                is not { Operator: "Mul" } scales
            || !Factors(node, scales).Any()
        )
        {
            throw new OnnxUnsupportedException(
                $"{node.Title} multiplies whole numbers, and no Cast and Mul by the scales of both factors follow, as "
                    + "they do after DynamicQuantizeLinear: without the scales there is no layer of numbers that it "
                    + "stands for."
            );
        }

        var (first, second) = Factors(node, scales).First();
        string[] inputs = [Meant(node, 0, first, Input(node, 2), 0), Meant(node, 1, second, Input(node, 3), -1)];
        Add(node.As(meant, "", node.Opset, inputs, mul.Outputs));
        _done.UnionWith([cast, mul]);
    }

    /// <summary>A product that is a number already, and a bias that is one.</summary>
    private void Biased(Node node, string first, string second, int bias)
    {
        var product = node.HasInput(bias) ? $"{node.Outputs[0]}#product" : node.Outputs[0];
        Add(node.As("MatMul", "", OpsetOfMeant, [first, second], [product]));
        if (node.HasInput(bias))
        {
            Add(Node.Of("Add", $"{node.Name}_bias", [product, node.Inputs[bias]], node.Outputs[0]));
        }
    }

    /// <summary>The scales of the first and of the second factor, in whichever order they are multiplied.</summary>
    private IEnumerable<(string First, string Second)> Factors(Node node, Node scales) =>
        new[] { (scales.Inputs[0], scales.Inputs[1]), (scales.Inputs[1], scales.Inputs[0]) }.Where(pair =>
            _meanings.IsScaleOf(node.Inputs[0], pair.Item1) && _meanings.IsScaleOf(node.Inputs[1], pair.Item2)
        );

    private Node? User(Node node) => _consumers[node.Outputs[0]].ToList() is [{ } user] ? user : null;

    private string Meant(Node node, int value, int scale, int zero, long axis) =>
        Meant(node, value, node.Inputs[scale], Input(node, zero), axis);

    /// <summary>The value that an input means by a scale and a zero point.</summary>
    private string Meant(Node node, int position, string scale, string zero, long axis)
    {
        var value = node.Inputs[position];
        if (_graph.Constants.ContainsKey(value))
        {
            var name = $"{node.Name}#{position}";
            string[] inputs = zero.Length > 0 ? [value, scale, zero] : [value, scale];
            Add(Node.Of("DequantizeLinear", name, inputs, name, ("axis", axis)));
            return name;
        }

        return !_meanings.Has(value)
                ? throw new OnnxUnsupportedException(
                    $"{node.Title} takes whole numbers, '{value}', that no QuantizeLinear made."
                )
            : _meanings.Are(value, scale, zero) ? value
            : throw new OnnxUnsupportedException(
                $"{node.Title} takes '{value}' with another scale or zero point than it was made with."
            );
    }

    /// <summary>A node that is as it was; its inputs of whole numbers may only be moved.</summary>
    private void Keep(Node node)
    {
        if (node.Inputs.FirstOrDefault(_dynamic.Contains) is { } given)
        {
            // The product of two factors' scales is part of the factors' meaning.
            if (node.Operator == "Mul" && node.Inputs.All(input => _dynamic.Contains(input) || IsNumber(input)))
            {
                _dynamic.Add(node.Outputs[0]);
                return;
            }

            throw new OnnxUnsupportedException(
                $"{node.Title} computes with '{given}', a scale or a zero point of DynamicQuantizeLinear; that is only "
                    + "supported behind MatMulInteger and ConvInteger."
            );
        }

        if (node.Inputs.FirstOrDefault(_meanings.Has) is { } whole && node.Operator is not ("Shape" or "Size"))
        {
            var (scale, zero) = _meanings.Of(whole);
            string[] values = node.Operator == "Concat" ? [.. node.Inputs] : [node.Inputs[0]];
            if (!Moving.Contains(node.Operator) || !values.All(value => _meanings.Are(value, scale, zero)))
            {
                throw new OnnxUnsupportedException(
                    $"{node.Title} computes with '{whole}', whole numbers that stand for others (q for s·(q − z)); put "
                        + "DequantizeLinear before it."
                );
            }

            foreach (var output in node.Outputs)
            {
                _meanings.Add(output, scale, zero);
            }
        }

        Add(node);
    }

    private bool IsNumber(string name) =>
        _graph.Constants.TryGetValue(name, out var tensor) && tensor.is_floating_point();

    private static string Input(Node node, int position) => node.HasInput(position) ? node.Inputs[position] : "";

    private void Add(Node node) => _nodes.Add(node);
}
