using static TorchSharp.torch;

namespace Lrp.Checkpoints;

/// <summary>The element types of the format, their sizes, and the tensor types that hold them.</summary>
internal static class SafetensorsDtype
{
    // The format knows a few types for which there is no tensor type in TorchSharp: a file may contain them and its
    // other tensors can be read, so their sizes are needed to check the layout.
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

    private static readonly Dictionary<ScalarType, string> NameOf =
        ByName.Where(pair => pair.Value.Type is not null).ToDictionary(pair => pair.Value.Type!.Value, pair => pair.Key);

    public static bool TryGetSize(string dtype, out int size)
    {
        bool known = ByName.TryGetValue(dtype, out (int Size, ScalarType? Type) found);
        size = found.Size;
        return known;
    }

    public static ScalarType ToScalarType(SafetensorsEntry entry) =>
        ByName[entry.Dtype].Type ?? throw new SafetensorsException(
            $"Tensor '{entry.Name}' has the element type {entry.Dtype}, for which there is no tensor type here; "
            + "convert it where the file was written, to F32 or I64 for instance.");

    public static string FromScalarType(string name, ScalarType type) =>
        NameOf.TryGetValue(type, out string? dtype) ? dtype : throw new SafetensorsException(
            $"Tensor '{name}' is {type}, which safetensors has no element type for; convert it before saving.");
}
