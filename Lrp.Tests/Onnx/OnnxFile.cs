using System.Text;

namespace Lrp.Tests.Onnx;

/// <summary>Writes small ONNX files for tests.</summary>
internal sealed class OnnxFile(long opset)
{
    private readonly List<byte> _graph = [];
    private readonly Dictionary<string, long> _domains = new() { [""] = opset };

    public OnnxFile Input(string name, int type, params long[] shape) => Value(11, name, type, shape);

    public OnnxFile Output(string name) => Value(12, name, 0, []);

    public OnnxFile Tensor(string name, float[] values, params long[] shape)
    {
        List<byte> tensor = [.. shape.SelectMany(size => Number(1, size)), .. Number(2, 1), .. Text(8, name)];
        tensor.AddRange(Bytes(9, [.. values.SelectMany(BitConverter.GetBytes)]));
        _graph.AddRange(Bytes(5, tensor));
        return this;
    }

    public OnnxFile Node(
        string op,
        string inputs,
        string outputs,
        string domain = "",
        params (string, object)[] attributes
    )
    {
        _domains.TryAdd(domain, 1);
        List<byte> node =
        [
            .. inputs.Split(' ').SelectMany(name => Text(1, name)),
            .. outputs.Split(' ').SelectMany(name => Text(2, name)),
            .. Text(3, $"the_{op}"),
            .. Text(4, op),
            .. Text(7, domain),
        ];
        foreach (var (name, value) in attributes)
        {
            node.AddRange(Bytes(5, Attribute(name, value)));
        }

        _graph.AddRange(Bytes(1, node));
        return this;
    }

    /// <summary>Writes the file into a folder.</summary>
    /// <returns>Its path.</returns>
    public string Save(string folder)
    {
        var path = Path.Combine(folder, $"{Guid.NewGuid():N}.onnx");
        List<byte> model = [.. Number(1, 8), .. Bytes(7, _graph)];
        foreach (var (domain, version) in _domains)
        {
            model.AddRange(Bytes(8, [.. Text(1, domain), .. Number(2, version)]));
        }

        File.WriteAllBytes(path, [.. model]);
        return path;
    }

    private OnnxFile Value(int field, string name, int type, long[] shape)
    {
        List<byte> value = [.. Text(1, name)];
        if (type > 0)
        {
            var sizes = shape.SelectMany(size => Bytes(1, size < 0 ? [] : [.. Number(1, size)])).ToList();
            value.AddRange(Bytes(2, [.. Bytes(1, [.. Number(1, type), .. Bytes(2, sizes)])]));
        }

        _graph.AddRange(Bytes(field, value));
        return this;
    }

    private static List<byte> Attribute(string name, object value) =>
        value switch
        {
            float number => [.. Text(1, name), 0x15, .. BitConverter.GetBytes(number), .. Number(20, 1)],
            long number => [.. Text(1, name), .. Number(3, number), .. Number(20, 2)],
            long[] numbers => [.. Text(1, name), .. numbers.SelectMany(number => Number(8, number)), .. Number(20, 7)],
            string text => [.. Text(1, name), .. Text(4, text), .. Number(20, 3)],
            _ => throw new ArgumentException($"A {value.GetType().Name} is no attribute."),
        };

    private static IEnumerable<byte> Text(int field, string text) => Bytes(field, [.. Encoding.UTF8.GetBytes(text)]);

    private static List<byte> Bytes(int field, List<byte> bytes) =>
        [.. Varint((ulong)((field << 3) | 2)), .. Varint((ulong)bytes.Count), .. bytes];

    private static List<byte> Number(int field, long value) =>
        [.. Varint((ulong)(field << 3)), .. Varint((ulong)value)];

    private static List<byte> Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value > 0x7F; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
        return bytes;
    }
}
