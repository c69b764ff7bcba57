using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using static TorchSharp.torch;

namespace ExplainOnnx;

/// <summary>
/// An array that NumPy saved: ten bytes or twelve, a dictionary as text, and the entries (NumPy's format 1 to 3).
/// </summary>
internal static partial class NpyFile
{
    private static readonly Dictionary<string, ScalarType> Types = new()
    {
        ["<f4"] = ScalarType.Float32,
        ["<f8"] = ScalarType.Float64,
        ["<f2"] = ScalarType.Float16,
        ["<i8"] = ScalarType.Int64,
        ["<i4"] = ScalarType.Int32,
        ["<i2"] = ScalarType.Int16,
        ["|i1"] = ScalarType.Int8,
        ["|u1"] = ScalarType.Byte,
        ["|b1"] = ScalarType.Bool,
    };

    /// <exception cref="InvalidDataException">The file is no array, or is cut off.</exception>
    public static Tensor Load(string path)
    {
        var bytes = File.ReadAllBytes(path);
        if (bytes.Length < 12 || bytes[0] != 0x93 || !bytes.AsSpan(1, 5).SequenceEqual("NUMPY"u8))
        {
            throw new InvalidDataException($"'{path}' is no array of NumPy (.npy).");
        }

        var start = bytes[6] == 1 ? 10 : 12;
        var length = bytes[6] == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8)) : LongLength(bytes);
        if (length > bytes.Length - start)
        {
            throw new InvalidDataException($"'{path}' is cut off in its header.");
        }

        var header = Encoding.UTF8.GetString(bytes, start, (int)length);
        var found = Header().Match(header);
        if (!found.Success || !Types.TryGetValue(found.Groups["type"].Value, out var type))
        {
            throw new InvalidDataException(
                $"'{path}' holds {header.Trim()}; save np.ascontiguousarray(x) of a type among "
                    + $"{string.Join(", ", Types.Keys)}."
            );
        }

        long[] shape =
        [
            .. found
                .Groups["shape"]
                .Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(size => long.Parse(size, CultureInfo.InvariantCulture)),
        ];
        var values = bytes.AsSpan(start + (int)length);
        var result = empty(shape, type);
        if (values.Length != result.numel() * result.element_size())
        {
            throw new InvalidDataException(
                $"'{path}' has {values.Length} bytes for an array of [{string.Join(", ", shape)}] and type {type}."
            );
        }

        result.bytes = values;
        return result;
    }

    private static long LongLength(byte[] bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8));

    [GeneratedRegex(@"'descr': '(?<type>[^']*)', 'fortran_order': False, 'shape': \((?<shape>[\d, ]*)\)")]
    private static partial Regex Header();
}
