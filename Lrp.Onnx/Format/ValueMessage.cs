namespace Lrp.Onnx.Format;

/// <summary>Reads the name, the element type and the shape of a graph's input or output.</summary>
internal static class ValueMessage
{
    public static ValueDefinition Read(WireReader reader)
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
