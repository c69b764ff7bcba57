using static TorchSharp.torch;

namespace Lrp.Onnx.Format;

/// <summary>An element type of the format, and how a tensor of it is held.</summary>
/// <param name="Number">Its number in the format.</param>
/// <param name="Name">Its name in the format.</param>
/// <param name="Bits">The size of an element in a file.</param>
/// <param name="Held">The tensor type; null where there is none.</param>
internal sealed record ElementType(long Number, string Name, int Bits, ScalarType? Held)
{
    private static readonly ElementType[] All =
    [
        new(1, "FLOAT", 32, ScalarType.Float32),
        new(2, "UINT8", 8, ScalarType.Byte),
        new(3, "INT8", 8, ScalarType.Int8),
        new(4, "UINT16", 16, ScalarType.Int32),
        new(5, "INT16", 16, ScalarType.Int16),
        new(6, "INT32", 32, ScalarType.Int32),
        new(7, "INT64", 64, ScalarType.Int64),
        new(8, "STRING", 0, null),
        new(9, "BOOL", 8, ScalarType.Bool),
        new(10, "FLOAT16", 16, ScalarType.Float16),
        new(11, "DOUBLE", 64, ScalarType.Float64),
        new(12, "UINT32", 32, ScalarType.Int64),
        new(13, "UINT64", 64, ScalarType.Int64),
        new(14, "COMPLEX64", 64, null),
        new(15, "COMPLEX128", 128, null),
        new(16, "BFLOAT16", 16, ScalarType.BFloat16),
        new(17, "FLOAT8E4M3FN", 8, null),
        new(18, "FLOAT8E4M3FNUZ", 8, null),
        new(19, "FLOAT8E5M2", 8, null),
        new(20, "FLOAT8E5M2FNUZ", 8, null),
        new(21, "UINT4", 4, ScalarType.Byte),
        new(22, "INT4", 4, ScalarType.Int8),
        new(23, "FLOAT4E2M1", 4, null),
    ];

    /// <summary>Whether it is a floating point type that a tensor can be of.</summary>
    public bool IsFloating => Number is 1 or 10 or 11 or 16;

    /// <summary>Whether a tensor type is a floating point type, and its tensors carry relevance.</summary>
    public static bool IsFloatingType(ScalarType type) =>
        Array.Exists(All, each => each.IsFloating && each.Held == type);

    /// <summary>The bytes of so many elements; at most 2^60.</summary>
    public long Bytes(long count) => ((count * Bits) + 7) / 8;

    /// <summary>The type of a number.</summary>
    /// <param name="number">The number.</param>
    /// <param name="what">What has it, for the message.</param>
    public static ElementType Of(long number, string what)
    {
        var type =
            Array.Find(All, type => type.Number == number)
            ?? throw new OnnxUnsupportedException(
                $"{what} has the element type {number}, which is none that ONNX had up to opset 23."
            );
        return type.Held is null
            ? throw new OnnxUnsupportedException($"{what} has the element type {type.Name}, which is not supported.")
            : type;
    }

    /// <summary>The type of a name; null where there is none.</summary>
    public static ElementType? Named(string name) => Array.Find(All, type => type.Name == name);

    /// <summary>The type's name; its number where it has none.</summary>
    public static string NameOf(long number) =>
        Array.Find(All, type => type.Number == number)?.Name ?? $"element type {number}";
}
