using static TorchSharp.torch;

namespace Lrp.Checkpoints;

/// <summary>The element types of the format, their sizes, and the corresponding tensor types.</summary>
internal static class SafetensorsDtype
{
    // The format has some types without a tensor type in TorchSharp. Other tensors of a file that contains them can
    // still be read, so the sizes are needed to check the layout.
    private static readonly Dictionary<string, (int Size, ScalarType? Type)> ByName = new(StringComparer.Ordinal)
    {
        ["BOOL"] = (1, ScalarType.Bool),
        ["U8"] = (1, ScalarType.Byte),
        ["I8"] = (1, ScalarType.Int8),
        ["I16"] = (2, ScalarType.Int16),
        ["I32"] = (4, ScalarType.Int32),
        ["I64"] = (8, ScalarType.Int64),
        ["F16"] = (2, ScalarType.Float16),
        ["BF16"] = (2, ScalarType.BFloat16),
        ["F32"] = (4, ScalarType.Float32),
        ["F64"] = (8, ScalarType.Float64),
        ["C64"] = (8, ScalarType.ComplexFloat32),
        ["U16"] = (2, null),
        ["U32"] = (4, null),
        ["U64"] = (8, null),
        ["F8_E4M3"] = (1, null),
        ["F8_E5M2"] = (1, null),
    };

    private static readonly Dictionary<ScalarType, string> NameOf = ByName
        .Where(pair => pair.Value.Type is not null)
        .ToDictionary(pair => pair.Value.Type!.Value, pair => pair.Key);

    public static bool TryGetSize(string dtype, out int size)
    {
        var known = ByName.TryGetValue(dtype, out var found);
        size = found.Size;
        return known;
    }

    /// <summary>The tensor type, or null if TorchSharp has none.</summary>
    public static ScalarType? ToScalarType(string dtype) => ByName[dtype].Type;

    public static string FromScalarType(string name, ScalarType type) =>
        NameOf.TryGetValue(type, out var dtype)
            ? dtype
            : throw new SafetensorsException(
                $"Tensor '{name}' is {type}, which the safetensors format does not support; convert it before saving."
            );
}
