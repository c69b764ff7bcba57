using static TorchSharp.torch;

namespace Lrp.Checkpoints.PyTorch;

/// <summary>An element type of PyTorch.</summary>
/// <param name="Name">PyTorch's name, such as float32.</param>
/// <param name="Size">The bytes of one element.</param>
/// <param name="Type">TorchSharp's type, or null if it has none; its tensors can be listed, but not read.</param>
/// <param name="SwapSize">The bytes of one number: a complex element has two.</param>
internal sealed record TorchType(string Name, int Size, ScalarType? Type, int SwapSize)
{
    /// <summary>All types, with the class of their storages; types newer than those classes have none.</summary>
    public static readonly IReadOnlyList<(TorchType Type, string? Storage)> All =
    [
        (new("float16", 2, ScalarType.Float16, 2), "HalfStorage"),
        (new("bfloat16", 2, ScalarType.BFloat16, 2), "BFloat16Storage"),
        (new("float32", 4, ScalarType.Float32, 4), "FloatStorage"),
        (new("float64", 8, ScalarType.Float64, 8), "DoubleStorage"),
        (new("int8", 1, ScalarType.Int8, 1), "CharStorage"),
        (new("uint8", 1, ScalarType.Byte, 1), "ByteStorage"),
        (new("int16", 2, ScalarType.Int16, 2), "ShortStorage"),
        (new("int32", 4, ScalarType.Int32, 4), "IntStorage"),
        (new("int64", 8, ScalarType.Int64, 8), "LongStorage"),
        (new("bool", 1, ScalarType.Bool, 1), "BoolStorage"),
        (new("complex64", 8, ScalarType.ComplexFloat32, 4), "ComplexFloatStorage"),
        (new("complex128", 16, ScalarType.ComplexFloat64, 8), "ComplexDoubleStorage"),
        (new("complex32", 4, null, 2), null),
        (new("uint16", 2, null, 2), null),
        (new("uint32", 4, null, 4), null),
        (new("uint64", 8, null, 8), null),
        (new("float8_e4m3fn", 1, null, 1), null),
        (new("float8_e4m3fnuz", 1, null, 1), null),
        (new("float8_e5m2", 1, null, 1), null),
        (new("float8_e5m2fnuz", 1, null, 1), null),
        (new("float8_e8m0fnu", 1, null, 1), null),
    ];

    /// <summary>The type of a storage of bytes, whose tensors say themselves what they are.</summary>
    public static readonly TorchType Untyped = new("untyped", 1, null, 1);
}
