using System.Runtime.InteropServices;
using System.Text;

namespace OnnxFiles;

/// <summary>Writes ONNX files: a graph of nodes, with its tensors inside.</summary>
/// <param name="opset">The version of ONNX's own operators.</param>
/// <remarks>The numbers of fields are those of onnx.proto.</remarks>
public sealed class OnnxWriter(long opset)
{
    private readonly MemoryStream _graph = new();
    private readonly Dictionary<string, long> _domains = new() { [""] = opset };

    /// <summary>Adds an input.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Its element type: 1 for float, 2 for byte, 6 for int, 7 for long.</param>
    /// <param name="shape">Its sizes, -1 for any.</param>
    public OnnxWriter Input(string name, int type, params long[] shape) => Value(11, name, type, shape);

    /// <summary>Adds an output.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Its element type, as for inputs; 0 where it follows from the graph.</param>
    /// <param name="shape">Its sizes, -1 for any.</param>
    public OnnxWriter Output(string name, int type = 0, params long[] shape) => Value(12, name, type, shape);

    /// <summary>Adds a constant.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">Its entries, the last dimension first: float, byte, sbyte, int, long or bool.</param>
    /// <param name="shape">Its sizes; none for a single number.</param>
    public OnnxWriter Tensor<T>(string name, ReadOnlySpan<T> values, params long[] shape)
        where T : unmanaged
    {
        Add(
            5,
            [
                .. shape.SelectMany(size => Number(1, size)),
                .. Number(2, TypeOf<T>()),
                .. Text(8, name),
                .. Bytes(9, MemoryMarshal.AsBytes(values)),
            ]
        );
        return this;
    }

    /// <summary>Adds a constant; see <see cref="Tensor{T}(string, ReadOnlySpan{T}, long[])"/>.</summary>
    public OnnxWriter Tensor<T>(string name, T[] values, params long[] shape)
        where T : unmanaged => Tensor(name, (ReadOnlySpan<T>)values, shape);

    /// <summary>Adds a node.</summary>
    /// <param name="op">The operator.</param>
    /// <param name="inputs">The names of its inputs, with blanks between; "_" for one that is left out.</param>
    /// <param name="outputs">The names of its outputs, with blanks between; the first is the node's name.</param>
    /// <param name="domain">The operator's domain; empty for ONNX's own.</param>
    /// <param name="attributes">Names with float, long, long[] or string.</param>
    public OnnxWriter Node(
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
            .. inputs.Split(' ').SelectMany(name => Text(1, name == "_" ? "" : name)),
            .. outputs.Split(' ').SelectMany(name => Text(2, name)),
            .. Text(3, outputs.Split(' ')[0]),
            .. Text(4, op),
            .. Text(7, domain),
        ];
        foreach (var (name, value) in attributes)
        {
            node.AddRange(Bytes(5, [.. Attribute(name, value)]));
        }

        Add(1, [.. node]);
        return this;
    }

    /// <summary>Writes the file.</summary>
    /// <param name="path">Where to.</param>
    /// <returns>The same path.</returns>
    public string Save(string path)
    {
        using var file = File.Create(path);
        file.Write(Number(1, 8));
        foreach (var (domain, version) in _domains)
        {
            file.Write(Bytes(8, [.. Text(1, domain), .. Number(2, version)]));
        }

        file.Write([.. Varint((7 << 3) | 2), .. Varint((ulong)_graph.Length)]);
        _graph.WriteTo(file);
        return path;
    }

    private void Add(int field, ReadOnlySpan<byte> message)
    {
        _graph.Write([.. Varint((ulong)((field << 3) | 2)), .. Varint((ulong)message.Length)]);
        _graph.Write(message);
    }

    private OnnxWriter Value(int field, string name, int type, long[] shape)
    {
        List<byte> value = [.. Text(1, name)];
        if (type > 0)
        {
            byte[] sizes = [.. shape.SelectMany(size => Bytes(1, size < 0 ? [] : Number(1, size)))];
            value.AddRange(Bytes(2, Bytes(1, [.. Number(1, type), .. Bytes(2, sizes)])));
        }

        Add(field, [.. value]);
        return this;
    }

    private static long TypeOf<T>() =>
        default(T) switch
        {
            float => 1,
            byte => 2,
            sbyte => 3,
            int => 6,
            long => 7,
            bool => 9,
            _ => throw new ArgumentException($"Tensors of {typeof(T).Name} are not written."),
        };

    private static byte[] Attribute(string name, object value) =>
        value switch
        {
            float number => [.. Text(1, name), 0x15, .. BitConverter.GetBytes(number), .. Number(20, 1)],
            long number => [.. Text(1, name), .. Number(3, number), .. Number(20, 2)],
            long[] numbers => [.. Text(1, name), .. numbers.SelectMany(number => Number(8, number)), .. Number(20, 7)],
            string text => [.. Text(1, name), .. Text(4, text), .. Number(20, 3)],
            _ => throw new ArgumentException($"A {value.GetType().Name} is no attribute."),
        };

    private static byte[] Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Bytes(int field, ReadOnlySpan<byte> bytes) =>
        [.. Varint((ulong)((field << 3) | 2)), .. Varint((ulong)bytes.Length), .. bytes];

    private static byte[] Number(int field, long value) => [.. Varint((ulong)(field << 3)), .. Varint((ulong)value)];

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
