using System.Buffers.Binary;
using System.Text.Json;
using static TorchSharp.torch;

namespace Lrp.Checkpoints;

public sealed partial class SafetensorsFile
{
    private const int HeaderAlignment = 8;

    // A span has a 32 bit length, so larger tensors are written in pieces.
    private const long ChunkBytes = 1L << 30;

    /// <summary>Writes tensors to a file that PyTorch's safetensors can read.</summary>
    /// <param name="path">The path of the file. An existing file is replaced once the new one is complete.</param>
    /// <param name="tensors">
    /// The tensors by name, for example a module's <c>state_dict()</c>; of any layout and on any device.
    /// </param>
    /// <param name="metadata">Texts to store with the tensors.</param>
    /// <exception cref="SafetensorsException">
    /// A tensor has a type that the format does not support, or a reserved name.
    /// </exception>
    public static void Save(
        string path,
        IEnumerable<KeyValuePair<string, Tensor>> tensors,
        IReadOnlyDictionary<string, string>? metadata = null
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
        {
            throw new SafetensorsException($"'{path}' is a folder; give the path of a file in it.");
        }

        var unfinished = $"{path}.{Guid.NewGuid():N}.part"; // others may save to the same path at the same time
        try
        {
            using (var stream = File.Create(unfinished))
            {
                Save(stream, tensors, metadata);
            }

            File.Move(unfinished, path, overwrite: true);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }

    /// <summary>Writes tensors to a stream in the safetensors format.</summary>
    /// <param name="stream">The stream to write to; it stays open.</param>
    /// <param name="tensors">The tensors by name; of any layout and on any device.</param>
    /// <param name="metadata">Texts to store with the tensors.</param>
    /// <exception cref="SafetensorsException">
    /// A tensor has a type that the format does not support, or a reserved name.
    /// </exception>
    public static void Save(
        Stream stream,
        IEnumerable<KeyValuePair<string, Tensor>> tensors,
        IReadOnlyDictionary<string, string>? metadata = null
    )
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(tensors);

        // Sorted by element size, largest first: with a header padded to eight bytes, every tensor is then aligned in
        // the file.
        KeyValuePair<string, Tensor>[] ordered =
        [
            .. tensors
                .OrderByDescending(pair => pair.Value.ElementSize)
                .ThenBy(pair => pair.Key, StringComparer.Ordinal),
        ];
        var header = Header(ordered, metadata);
        Span<byte> length = stackalloc byte[LengthBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (var (_, tensor) in ordered)
        {
            Write(stream, tensor);
        }
    }

    private static byte[] Header(KeyValuePair<string, Tensor>[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(SafetensorsHeader.MetadataKey);
                foreach (var (key, value) in metadata)
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            WriteEntries(json, tensors);
            json.WriteEndObject();
        }

        while (buffer.Length % HeaderAlignment != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        if (buffer.Length > SafetensorsHeader.MaxLength)
        {
            throw new SafetensorsException(
                $"The header needs {buffer.Length} bytes, but the format allows {SafetensorsHeader.MaxLength}."
            );
        }

        return buffer.ToArray();
    }

    private static void WriteEntries(Utf8JsonWriter json, KeyValuePair<string, Tensor>[] tensors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal) { SafetensorsHeader.MetadataKey };
        long position = 0;
        foreach (var (name, tensor) in tensors)
        {
            if (!names.Add(name))
            {
                throw new SafetensorsException(
                    name == SafetensorsHeader.MetadataKey
                        ? $"No tensor can be called '{name}': the format reserves this name."
                        : $"Two tensors are called '{name}'."
                );
            }

            json.WriteStartObject(name);
            json.WriteString("dtype", SafetensorsDtype.FromScalarType(name, tensor.dtype));
            json.WriteStartArray("shape");
            foreach (var size in tensor.shape)
            {
                json.WriteNumberValue(size);
            }

            json.WriteEndArray();
            var end = position + (tensor.NumberOfElements * tensor.ElementSize);
            json.WriteStartArray("data_offsets");
            json.WriteNumberValue(position);
            json.WriteNumberValue(end);
            json.WriteEndArray();
            json.WriteEndObject();
            position = end;
        }
    }

    private static void Write(Stream stream, Tensor tensor)
    {
        if (tensor.NumberOfElements == 0)
        {
            return;
        }

        using var scope = NewDisposeScope();
        var flat = tensor.detach().cpu().contiguous().view(-1);
        var perPiece = ChunkBytes / tensor.ElementSize;
        for (long done = 0; done < flat.NumberOfElements; done += perPiece)
        {
            using var piece = flat.narrow(0, done, Math.Min(perPiece, flat.NumberOfElements - done));
            stream.Write(piece.bytes);
        }
    }
}
