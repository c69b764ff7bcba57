using Lrp.Onnx.Format;
using static TorchSharp.torch;

namespace Lrp.Onnx;

/// <summary>An input, an output or a stored tensor of an ONNX file.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Type">Its element type by ONNX's name, such as FLOAT; "unknown" where the file says none.</param>
/// <param name="Shape">Its sizes, −1 for those that the file leaves open; null where even their number is open.</param>
public sealed record OnnxValue(string Name, string Type, IReadOnlyList<long>? Shape)
{
    /// <summary>The type of a tensor that has its elements; null where there is none.</summary>
    public ScalarType? ScalarType => ElementType.Named(Type)?.Held;

    /// <summary>The bytes that it takes in the file or beside it; 0 for inputs and outputs.</summary>
    public long ByteLength { get; init; }

    internal static OnnxValue Of(ValueDefinition value) =>
        new(value.Name, value.Type == 0 ? "unknown" : ElementType.NameOf(value.Type), value.Shape);

    internal static OnnxValue Of(TensorDefinition tensor)
    {
        var type = ElementType.NameOf(tensor.Type);
        var count = tensor.Dims.Aggregate(1L, (product, size) => size < 0 ? 0 : Product(product, size));
        return new OnnxValue(tensor.Name, type, [.. tensor.Dims])
        {
            ByteLength = tensor.RawLength >= 0 ? tensor.RawLength : ElementType.Named(type)?.Bytes(count) ?? 0,
        };
    }

    /// <summary>The largest count that a file can mean is far below 2^55; what lies above it is damaged.</summary>
    private static long Product(long one, long other) => other > 0 && one > (1L << 55) / other ? 1L << 55 : one * other;
}
