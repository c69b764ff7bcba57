using System.Globalization;
using System.Text.Json;

namespace Lrp.Tests.Checkpoints;

/// <summary>The reference GGUF files, and their values as texts that can be compared.</summary>
internal static class GgufFiles
{
    private static readonly Dictionary<Type, string> Names = new()
    {
        [typeof(byte)] = "u8",
        [typeof(sbyte)] = "i8",
        [typeof(ushort)] = "u16",
        [typeof(short)] = "i16",
        [typeof(uint)] = "u32",
        [typeof(int)] = "i32",
        [typeof(ulong)] = "u64",
        [typeof(long)] = "i64",
        [typeof(float)] = "f32",
        [typeof(double)] = "f64",
        [typeof(bool)] = "bool",
        [typeof(string)] = "string",
    };

    public static string Folder { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "Golden", "gguf");

    public static string Path(string name) => System.IO.Path.Combine(Folder, name);

    /// <summary>The name of a value's type, as the references write it.</summary>
    public static string TypeOf(object value) =>
        value is Array ? $"array[{Names[value.GetType().GetElementType()!]}]" : Names[value.GetType()];

    /// <summary>A value that was read, as text.</summary>
    public static string Show(object value) =>
        value switch
        {
            Array array => $"[{string.Join(", ", array.Cast<object>().Select(Show))}]",
            bool flag => flag ? "True" : "False",
            float number => Show((double)number),
            double number => number.ToString("R", CultureInfo.InvariantCulture),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };

    /// <summary>A value of a reference, as text.</summary>
    public static string Show(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Array => $"[{string.Join(", ", value.EnumerateArray().Select(Show))}]",
            JsonValueKind.Number when !value.TryGetInt64(out _) => Show(value.GetDouble()),
            JsonValueKind.String when value.GetString() is "inf" => Show(double.PositiveInfinity),
            JsonValueKind.String when value.GetString() is "nan" => Show(double.NaN),
            _ => value.ToString(),
        };
}
