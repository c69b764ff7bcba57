using System.Buffers.Binary;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Checkpoints;

public sealed partial class SafetensorsFile
{
    private const int HeaderAlignment = 8;

    /// <summary>Writes tensors to a file that PyTorch's safetensors reads.</summary>
    /// <param name="path">The file; one that is there is replaced once the new one is complete.</param>
    /// <param name="tensors">Name to tensor, a module's <c>state_dict()</c> for instance; of any layout and on any device.</param>
    /// <param name="metadata">Texts to keep with them.</param>
    /// <exception cref="SafetensorsException">A tensor has a type that the format lacks, or a name that it reserves.</exception>
    public static void Save(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string unfinished = path + ".part";
        try
        {
            using (FileStream stream = File.Create(unfinished))
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
    /// <param name="stream">Where to write; it stays open.</param>
    /// <param name="tensors">Name to tensor; of any layout and on any device.</param>
    /// <param name="metadata">Texts to keep with them.</param>
    /// <exception cref="SafetensorsException">A tensor has a type that the format lacks, or a name that it reserves.</exception>
    public static void Save(Stream stream, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(tensors);

        // The widest elements first: with a header padded to eight bytes every tensor then lies aligned in the file.
        KeyValuePair<string, Tensor>[] ordered =
            [.. tensors.OrderByDescending(pair => pair.Value.ElementSize).ThenBy(pair => pair.Key, StringComparer.Ordinal)];
        byte[] header = Header(ordered, metadata);
        Span<byte> length = stackalloc byte[LengthBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach ((string _, Tensor tensor) in ordered)
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
                foreach ((string key, string value) in metadata)
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
            throw new SafetensorsException($"The header would take {buffer.Length} bytes; the format allows {SafetensorsHeader.MaxLength}.");
        }

        return buffer.ToArray();
    }

    private static void WriteEntries(Utf8JsonWriter json, KeyValuePair<string, Tensor>[] tensors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal) { SafetensorsHeader.MetadataKey };
        long position = 0;
        foreach ((string name, Tensor tensor) in tensors)
        {
            if (!names.Add(name))
            {
                throw new SafetensorsException(name == SafetensorsHeader.MetadataKey
                    ? $"No tensor can be called '{name}': the format keeps the name for itself."
                    : $"Two tensors are called '{name}'.");
            }

            json.WriteStartObject(name);
            json.WriteString("dtype", SafetensorsDtype.FromScalarType(name, tensor.dtype));
            json.WriteStartArray("shape");
            foreach (long size in tensor.shape)
            {
                json.WriteNumberValue(size);
            }

            json.WriteEndArray();
            long end = position + (tensor.NumberOfElements * tensor.ElementSize);
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

        using DisposeScope scope = NewDisposeScope();
        Tensor flat = tensor.detach().cpu().contiguous().view(-1);
        long perPiece = ChunkBytes / tensor.ElementSize;
        for (long done = 0; done < flat.NumberOfElements; done += perPiece)
        {
            using Tensor piece = flat.narrow(0, done, Math.Min(perPiece, flat.NumberOfElements - done));
            stream.Write(piece.bytes);
        }
    }
}
