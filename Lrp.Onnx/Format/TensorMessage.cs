namespace Lrp.Onnx.Format;

/// <summary>Reads the message of a tensor; its numbers stay in the file.</summary>
internal static class TensorMessage
{
    public static unsafe TensorDefinition Read(WireReader reader)
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
}
