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
                    graph.Initializers.Add(Tensor(reader.Message()));
                    break;
                case 11:
                    graph.Inputs.Add(Value(reader.Message()));
                    break;
                case 12:
                    graph.Outputs.Add(Value(reader.Message()));
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
                    attribute.Tensor = Tensor(reader.Message());
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

    private static unsafe TensorDefinition Tensor(WireReader reader)
    {
        var tensor = new TensorDefinition();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    reader.Integers(tensor.Dims);
                    break;
                case 2:
                    tensor.Type = reader.Integer();
                    break;
                case 4:
                    reader.Singles(tensor.Floats);
                    break;
                case 5:
                case 7:
                case 11:
                    reader.Integers(tensor.Integers);
                    break;
                case 6:
                    tensor.HasTexts = true;
                    reader.Skip();
                    break;
                case 8:
                    tensor.Name = reader.Text();
                    break;
                case 9:
                    tensor.Raw = reader.Bytes(out var length);
                    tensor.RawLength = length;
                    break;
                case 10:
                    reader.Doubles(tensor.Doubles);
                    break;
                case 13:
                    Entry(reader.Message(), tensor.External);
                    break;
                case 14:
                    tensor.IsExternal = reader.Integer() == 1;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return tensor;
    }

    private static void Entry(WireReader reader, Dictionary<string, string> to)
    {
        var (key, value) = ("", "");
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    key = reader.Text();
                    break;
                case 2:
                    value = reader.Text();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        to[key] = value;
    }

    private static string SparseName(WireReader reader)
    {
        var name = "";
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                name = Tensor(reader.Message()).Name;
            }
            else
            {
                reader.Skip();
            }
        }

        return name;
    }

    private static ValueDefinition Value(WireReader reader)
    {
        var (name, type, shape, isTensor) = ("", 0L, (long[]?)null, true);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    name = reader.Text();
                    break;
                case 2:
                    (type, shape, isTensor) = Type(reader.Message());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new ValueDefinition(name, type, shape, isTensor);
    }

    private static (long Type, long[]? Shape, bool IsTensor) Type(WireReader reader)
    {
        var (type, shape, isTensor) = (0L, (long[]?)null, true);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    var tensor = reader.Message();
                    while (tensor.Next())
                    {
                        switch (tensor.Field)
                        {
                            case 1:
                                type = tensor.Integer();
                                break;
                            case 2:
                                shape = Shape(tensor.Message());
                                break;
                            default:
                                tensor.Skip();
                                break;
                        }
                    }

                    break;
                case 4:
                case 5:
                case 8:
                case 9:
                    isTensor = false;
                    reader.Skip();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return (type, shape, isTensor);
    }

    private static long[] Shape(WireReader reader)
    {
        var shape = new List<long>();
        while (reader.Next())
        {
            if (reader.Field != 1)
            {
                reader.Skip();
                continue;
            }

            var size = -1L;
            var dimension = reader.Message();
            while (dimension.Next())
            {
                if (dimension.Field == 1)
                {
                    size = dimension.Integer();
                }
                else
                {
                    dimension.Skip();
                }
            }

            shape.Add(size);
        }

        return [.. shape];
    }
}
