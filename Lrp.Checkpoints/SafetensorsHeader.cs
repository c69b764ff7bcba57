using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Lrp.Checkpoints;

/// <summary>
/// Reads the JSON header of a safetensors file and checks everything in it before it is used.
/// </summary>
/// <remarks>
/// The rules are those of the format's description: each name occurs once; each entry has exactly the length that its
/// element type and shape require; the entries lie next to each other, from the first byte after the header to the last
/// byte of the file, without overlaps and gaps.
/// </remarks>
internal static class SafetensorsHeader
{
    /// <summary>The maximum length of a header in the format, in bytes.</summary>
    public const long MaxLength = 100_000_000;

    public const string MetadataKey = "__metadata__";

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public static (List<SafetensorsEntry> Entries, Dictionary<string, string> Metadata) Parse(
        ReadOnlySpan<byte> json,
        long dataLength
    )
    {
        if (json.IsEmpty || json[0] != (byte)'{')
        {
            throw new SafetensorsException(
                "The safetensors header does not begin with '{': this is not a safetensors file."
            );
        }

        try
        {
            _ = StrictUtf8.GetCharCount(json);
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
            var (entries, metadata) = ReadHeader(ref reader);
            CheckLayout(entries, dataLength);
            return (entries, metadata);
        }
        catch (JsonException error)
        {
            throw new SafetensorsException(
                $"The safetensors header is not valid JSON (at byte {error.BytePositionInLine}): {error.Message}",
                error
            );
        }
        catch (DecoderFallbackException error)
        {
            throw new SafetensorsException("The safetensors header is not valid UTF-8.", error);
        }
        catch (InvalidOperationException error)
        {
            // Utf8JsonReader throws this for an escape sequence in a string that is not text, such as a single
            // surrogate.
            throw new SafetensorsException(
                $"The safetensors header has a string that is not text: {error.Message}",
                error
            );
        }
    }

    private static (List<SafetensorsEntry> Entries, Dictionary<string, string> Metadata) ReadHeader(
        ref Utf8JsonReader reader
    )
    {
        var entries = new List<SafetensorsEntry>();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var names = new HashSet<string>(StringComparer.Ordinal);
        reader.Read();
        while (NextKey(ref reader) is { } name)
        {
            if (!names.Add(name))
            {
                throw new SafetensorsException($"The safetensors header contains '{name}' twice.");
            }

            if (name == MetadataKey)
            {
                ReadMetadata(ref reader, metadata);
            }
            else
            {
                entries.Add(ReadEntry(ref reader, name));
            }
        }

        // Only spaces may follow the object; the reader throws for anything else.
        while (reader.Read()) { }

        return (entries, metadata);
    }

    private static void ReadMetadata(ref Utf8JsonReader reader, Dictionary<string, string> metadata)
    {
        Expect(ref reader, JsonTokenType.StartObject, MetadataKey, "an object of strings");
        while (NextKey(ref reader) is { } key)
        {
            Expect(ref reader, JsonTokenType.String, $"{MetadataKey}.{key}", "a string");
            if (!metadata.TryAdd(key, reader.GetString()!))
            {
                throw new SafetensorsException($"The safetensors metadata contains '{key}' twice.");
            }
        }
    }

    private static SafetensorsEntry ReadEntry(ref Utf8JsonReader reader, string name)
    {
        Expect(ref reader, JsonTokenType.StartObject, name, "an object with dtype, shape and data_offsets");
        string? dtype = null;
        long[]? shape = null;
        long[]? offsets = null;
        while (NextKey(ref reader) is { } key)
        {
            var again = key switch
            {
                "dtype" => dtype is not null,
                "shape" => shape is not null,
                "data_offsets" => offsets is not null,
                _ => throw new SafetensorsException(
                    $"Tensor '{name}' has the unknown property '{key}'; the format has dtype, shape and data_offsets."
                ),
            };
            if (again)
            {
                throw new SafetensorsException($"Tensor '{name}' gives its {key} twice.");
            }

            switch (key)
            {
                case "dtype":
                    Expect(ref reader, JsonTokenType.String, $"{name}.dtype", "a string");
                    dtype = reader.GetString();
                    break;
                case "shape":
                    shape = ReadSizes(ref reader, $"{name}.shape");
                    break;
                default:
                    offsets = ReadSizes(ref reader, $"{name}.data_offsets");
                    break;
            }
        }

        if (dtype is null || shape is null || offsets is null)
        {
            var missing =
                dtype is null ? "dtype"
                : shape is null ? "shape"
                : "data_offsets";
            throw new SafetensorsException($"Tensor '{name}' has no {missing}.");
        }

        return CheckEntry(name, dtype, shape, offsets);
    }

    private static SafetensorsEntry CheckEntry(string name, string dtype, long[] shape, long[] offsets)
    {
        if (!SafetensorsDtype.TryGetSize(dtype, out var size))
        {
            throw new SafetensorsException($"Tensor '{name}' has the unknown element type '{dtype}'.");
        }

        if (offsets.Length != 2 || offsets[0] > offsets[1])
        {
            throw new SafetensorsException(
                $"Tensor '{name}' has the data_offsets [{string.Join(", ", offsets)}]; they must be a begin and an end "
                    + "that is not smaller."
            );
        }

        long expected = size;
        try
        {
            foreach (var dimension in shape)
            {
                expected = checked(expected * dimension);
            }
        }
        catch (OverflowException error)
        {
            throw new SafetensorsException(
                $"Tensor '{name}' claims the shape [{string.Join(", ", shape)}] of {dtype}, more bytes than a 64 "
                    + "bit number can count.",
                error
            );
        }

        var actual = offsets[1] - offsets[0];
        if (actual != expected)
        {
            throw new SafetensorsException(
                $"Tensor '{name}', {dtype} of shape [{string.Join(", ", shape)}], needs {expected} bytes, but its "
                    + $"data_offsets [{offsets[0]}, {offsets[1]}] hold {actual}."
            );
        }

        return new SafetensorsEntry(name, dtype, shape, offsets[0], actual);
    }

    private static void CheckLayout(List<SafetensorsEntry> entries, long dataLength)
    {
        long position = 0;
        var before = "the header";
        foreach (var entry in entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (entry.End > dataLength)
            {
                throw new SafetensorsException(
                    $"Tensor '{entry.Name}' ends at byte {entry.End} of the data, but the file has only "
                        + $"{dataLength} bytes of data: it is cut short or damaged."
                );
            }

            if (entry.Begin < position)
            {
                throw new SafetensorsException(
                    $"Tensor '{entry.Name}' begins at byte {entry.Begin} of the data, inside {before}, which ends "
                        + $"at byte {position}: the tensors overlap."
                );
            }

            if (entry.Begin > position)
            {
                throw new SafetensorsException(
                    $"Between {before}, which ends at byte {position} of the data, and tensor '{entry.Name}', "
                        + $"which begins at byte {entry.Begin}, there are bytes that belong to no tensor."
                );
            }

            position = entry.End;
            before = $"tensor '{entry.Name}'";
        }

        if (position != dataLength)
        {
            throw new SafetensorsException(
                $"The data ends {dataLength - position} bytes after {before}, which ends at byte {position}: "
                    + "bytes that belong to no tensor."
            );
        }
    }

    private static long[] ReadSizes(ref Utf8JsonReader reader, string where)
    {
        const string Expected = "a list of whole numbers from 0 to 2^63 - 1";
        Expect(ref reader, JsonTokenType.StartArray, where, Expected);
        var sizes = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var size) || size < 0)
            {
                throw new SafetensorsException(
                    $"'{where}' in the safetensors header must be {Expected}; it holds {Show(ref reader)}."
                );
            }

            sizes.Add(size);
        }

        return [.. sizes];
    }

    private static string? NextKey(ref Utf8JsonReader reader) =>
        reader.Read() && reader.TokenType == JsonTokenType.PropertyName ? reader.GetString() : null;

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type, string where, string expected)
    {
        reader.Read();
        if (reader.TokenType != type)
        {
            throw new SafetensorsException(
                $"'{where}' in the safetensors header must be {expected}; it is {Show(ref reader)}."
            );
        }
    }

    private static string Show(ref Utf8JsonReader reader) =>
        reader.TokenType switch
        {
            JsonTokenType.StartObject => "an object",
            JsonTokenType.StartArray => "a list",
            JsonTokenType.Number or JsonTokenType.String when reader.ValueSpan.Length <= 40 => string.Create(
                CultureInfo.InvariantCulture,
                $"{Encoding.UTF8.GetString(reader.ValueSpan)}"
            ),
            _ => reader.TokenType.ToString(),
        };
}
