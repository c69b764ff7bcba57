using System.Buffers.Binary;
using System.Numerics;
using Lrp.Checkpoints.Bytes;

namespace Lrp.Checkpoints.Gguf;

/// <summary>Reads what comes before the tensors' values, and checks it against the length of the file.</summary>
/// <remarks>
/// The format is described at https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Versions 2 and 3 are the same
/// for little-endian files.
/// </remarks>
internal static class GgufHeader
{
    private const uint Magic = 0x46554747; // "GGUF"
    private const uint OldestVersion = 2;
    private const uint NewestVersion = 3;
    private const string AlignmentKey = "general.alignment";
    private const uint DefaultAlignment = 32;

    // A key's length, its type, and one byte of a value.
    private const int LeastKeyBytes = sizeof(ulong) + sizeof(uint) + 1;

    /// <summary>Reads all of it.</summary>
    /// <exception cref="InvalidDataException">The bytes are no sound GGUF file.</exception>
    /// <exception cref="NotSupportedException">They may be sound, but something in them is not supported.</exception>
    /// <exception cref="LimitException">A value of metadata is too deep or too long.</exception>
    public static GgufContent Read(ByteView bytes)
    {
        var reader = new GgufReader(bytes);
        if (reader.Left < sizeof(uint) || reader.Read<uint>() != Magic)
        {
            throw new InvalidDataException("it does not begin with the four letters GGUF, as a GGUF file does.");
        }

        var version = ReadVersion(reader);
        var tensorCount = reader.ReadCount(GgufTable.LeastBytes, "tensors");
        var metadata = ReadMetadata(reader, reader.ReadCount(LeastKeyBytes, "keys of metadata"));
        var alignment = Alignment(metadata);
        var tensors = GgufTable.Read(reader, tensorCount, alignment, bytes.Length);
        return new GgufContent(version, alignment, metadata, tensors);
    }

    private static uint ReadVersion(GgufReader reader)
    {
        var version = reader.Read<uint>();
        if (version is >= OldestVersion and <= NewestVersion)
        {
            return version;
        }

        throw new NotSupportedException(
            BinaryPrimitives.ReverseEndianness(version) is >= OldestVersion and <= NewestVersion
                ? "it is a big-endian GGUF file, which is not supported; convert it by gguf-py's gguf_convert_endian."
                : $"it is version {version} of GGUF, and versions {OldestVersion} and {NewestVersion} are supported; "
                    + "convert the model anew."
        );
    }

    private static Dictionary<string, object> ReadMetadata(GgufReader reader, long count)
    {
        var metadata = new Dictionary<string, object>(StringComparer.Ordinal);
        for (long i = 0; i < count; i++)
        {
            reader.Reading = $"the name of key {i + 1} of {count}";
            var key = reader.ReadText();
            reader.Reading = $"the value of the key '{key}'";
            if (!metadata.TryAdd(key, GgufValues.Read(reader)))
            {
                throw new InvalidDataException($"the key '{key}' is there twice; write the file anew.");
            }
        }

        return metadata;
    }

    private static uint Alignment(Dictionary<string, object> metadata) =>
        metadata.GetValueOrDefault(AlignmentKey, DefaultAlignment) is uint alignment && BitOperations.IsPow2(alignment)
            ? alignment
            : throw new InvalidDataException(
                $"{AlignmentKey} is {metadata[AlignmentKey]} ({GgufValues.TypeName(metadata[AlignmentKey])}); it has "
                    + "to be a power of two (u32)."
            );
}
