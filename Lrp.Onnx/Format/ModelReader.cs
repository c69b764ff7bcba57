namespace Lrp.Onnx.Format;

/// <summary>Reads a model's messages; the numbers are the fields of onnx.proto.</summary>
internal static class ModelReader
{
    private const int DeepestGraph = 32;

    /// <summary>Reads a whole file.</summary>
    public static unsafe ModelDefinition Read(byte* start, long length)
    {
        var reader = WireReader.Of(start, length);
        var model = new ModelDefinition();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    model.IrVersion = reader.Integer();
                    break;
                case 2:
                    model.Producer = reader.Text();
                    break;
                case 7:
                    model.Graph = Graph(reader.Message(), 0);
                    break;
                case 8:
                    Opset(reader.Message(), model.Opsets);
                    break;
                case 25:
                    model.Functions.Add(Function(reader.Message()));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return model;
    }

    private static void Opset(WireReader reader, Dictionary<string, long> opsets)
    {
        var (domain, version) = ("", 0L);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    domain = reader.Text();
                    break;
                case 2:
                    version = reader.Integer();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        opsets[domain == "ai.onnx" ? "" : domain] = version;
    }

    private static GraphDefinition Graph(WireReader reader, int depth)
    {
        if (depth > DeepestGraph)
        {
            throw new OnnxLimitException(
                $"The file has graphs nested deeper than {DeepestGraph} levels, which no exporter writes."
            );
        }

        var graph = new GraphDefinition();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    graph.Nodes.Add(Node(reader.Message(), depth));
                    break;
                case 5:
                    graph.Initializers.Add(TensorMessage.Read(reader.Message()));
                    break;
                case 11:
                    graph.Inputs.Add(ValueMessage.Read(reader.Message()));
                    break;
                case 12:
                    graph.Outputs.Add(ValueMessage.Read(reader.Message()));
                    break;
                case 15:
                    graph.SparseInitializers.Add(SparseName(reader.Message()));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return graph;
    }

    private static FunctionDefinition Function(WireReader reader)
    {
        var function = new FunctionDefinition();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    function.Name = reader.Text();
                    break;
                case 4:
                    function.Inputs.Add(reader.Text());
                    break;
                case 5:
                    function.Outputs.Add(reader.Text());
                    break;
                case 7:
                    function.Nodes.Add(Node(reader.Message(), 0));
                    break;
                case 9:
                    Opset(reader.Message(), function.Opsets);
                    break;
                case 10:
                    function.Domain = reader.Text();
                    break;
                case 11:
                    var attribute = Attribute(reader.Message(), 0);
                    function.Defaults[attribute.Name] = attribute;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return function;
    }

    private static NodeDefinition Node(WireReader reader, int depth)
    {
        var node = new NodeDefinition();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    node.Inputs.Add(reader.Text());
                    break;
                case 2:
                    node.Outputs.Add(reader.Text());
                    break;
                case 3:
                    node.Name = reader.Text();
                    break;
                case 4:
                    node.Operator = reader.Text();
                    break;
                case 5:
                    var attribute = Attribute(reader.Message(), depth);
                    node.Attributes[attribute.Name] = attribute;
                    break;
                case 7:
                    var domain = reader.Text();
                    node.Domain = domain == "ai.onnx" ? "" : domain;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return node;
    }

    private static AttributeDefinition Attribute(WireReader reader, int depth)
    {
        var attribute = new AttributeDefinition();
        var seen = AttributeKind.Undefined;
        while (reader.Next())
        {
            seen = reader.Field switch
            {
                >= 2 and <= 11 => (AttributeKind)(reader.Field - 1),
                _ => seen,
            };
            switch (reader.Field)
            {
                case 1:
                    attribute.Name = reader.Text();
                    break;
                case 2:
                    attribute.Float = reader.Single();
                    break;
                case 3:
                    attribute.Int = reader.Integer();
                    break;
                case 4:
                    attribute.String = Loose(ref reader);
                    break;
                case 5:
                    attribute.Tensor = TensorMessage.Read(reader.Message());
                    break;
                case 6:
                    Graph(reader.Message(), depth + 1);
                    break;
                case 7:
                    reader.Singles(attribute.Floats);
                    break;
                case 8:
                    reader.Integers(attribute.Ints);
                    break;
                case 9:
                    attribute.Strings.Add(Loose(ref reader));
                    break;
                case 11:
                    Graph(reader.Message(), depth + 1);
                    break;
                case 20:
                    attribute.Kind = (AttributeKind)reader.Integer();
                    break;
                case 21:
                    attribute.Reference = reader.Text();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (attribute.Kind == AttributeKind.Undefined)
        {
            attribute.Kind = seen; // files before IR version 2 do not say it
        }

        return attribute;
    }

    /// <summary>The text of an attribute, whose bytes need not be a text.</summary>
    private static unsafe string Loose(ref WireReader reader)
    {
        var bytes = reader.Bytes(out var length);
        return System.Text.Encoding.UTF8.GetString(bytes, (int)Math.Min(length, 1 << 20));
    }

    private static string SparseName(WireReader reader)
    {
        var name = "";
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                name = TensorMessage.Read(reader.Message()).Name;
            }
            else
            {
                reader.Skip();
            }
        }

        return name;
    }
}
