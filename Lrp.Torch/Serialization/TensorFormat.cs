using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Torch.Serialization;

/// <summary>
/// A tensor as TorchSharp writes it: element type, number of dimensions and each dimension as LEB128 numbers, then the
/// elements, row by row, as they lie in memory.
/// </summary>
internal static class TensorFormat
{
    /// <summary>libtorch has no tensors of more dimensions.</summary>
    private const int MostDimensions = 64;

    internal readonly record struct Header(ScalarType Type, long[] Shape)
    {
        /// <exception cref="InvalidDataException">The product of the dimensions is no 64-bit number.</exception>
        internal long ByteCount
        {
            get
            {
                var bytes = (UInt128)Type.ElementSize();
                foreach (var length in Shape)
                {
                    bytes *= (UInt128)length;
                    if (bytes > long.MaxValue)
                        throw new InvalidDataException($"This is no tensor in TorchSharp's format: it claims the shape [{string.Join(", ", Shape)}].");
                }

                return (long)bytes;
            }
        }

        internal void SkipBytes(BinaryReader reader)
        {
            var left = ByteCount;
            if (reader.BaseStream.CanSeek)
            {
                if (left > reader.BaseStream.Length - reader.BaseStream.Position) throw new EndOfStreamException();
                reader.BaseStream.Seek(left, SeekOrigin.Current);
                return;
            }

            var buffer = new byte[Math.Min(left, 1 << 16)];
            while (left > 0)
            {
                var chunk = (int)Math.Min(left, buffer.Length);
                reader.BaseStream.ReadExactly(buffer, 0, chunk);
                left -= chunk;
            }
        }
    }

    internal static void Write(Tensor tensor, BinaryWriter writer)
    {
        using var host = OnHost(tensor);
        var source = host ?? tensor;
        writer.WriteLeb128((int)source.dtype);
        var shape = source.shape;
        writer.WriteLeb128(shape.Length);
        foreach (var length in shape) writer.WriteLeb128(length);
        writer.Flush();
        source.WriteBytesToStream(writer.BaseStream, 1 << 16);
    }

    /// <exception cref="InvalidDataException">There is no such element type or number of dimensions.</exception>
    internal static Header ReadHeader(BinaryReader reader)
    {
        var type = reader.ReadLeb128();
        if (type is < 0 or > sbyte.MaxValue || !Enum.IsDefined((ScalarType)type))
            throw new InvalidDataException($"This is no tensor in TorchSharp's format: there is no element type {type}.");
        var dimensions = reader.ReadLeb128();
        if (dimensions > MostDimensions)
            throw new InvalidDataException($"This is no tensor in TorchSharp's format: it claims {dimensions} dimensions.");
        var shape = new long[dimensions];
        for (var i = 0; i < shape.Length; i++) shape[i] = reader.ReadLeb128();
        return new Header((ScalarType)type, shape);
    }

    /// <summary>Reads a tensor. A claim of more bytes than the stream has left fails before they are allocated.</summary>
    internal static Tensor ReadNew(BinaryReader reader)
    {
        var header = ReadHeader(reader);
        var stream = reader.BaseStream;
        if (stream.CanSeek && header.ByteCount > stream.Length - stream.Position)
        {
            throw new EndOfStreamException(
                $"A tensor of shape [{string.Join(", ", header.Shape)}] needs {header.ByteCount} bytes, and {stream.Length - stream.Position} are left.");
        }

        var tensor = empty(header.Shape, dtype: header.Type, device: CPU);
        tensor.ReadBytesFromStream(stream, 1 << 16);
        return tensor;
    }

    /// <summary>Reads a tensor's elements into another of the same type and shape.</summary>
    /// <exception cref="ArgumentException">The type or the shape is another; the stream is then in the middle of the tensor.</exception>
    internal static void ReadInto(Tensor tensor, BinaryReader reader, bool sameType)
    {
        var header = ReadHeader(reader);
        if (sameType && header.Type != tensor.dtype)
            throw new ArgumentException($"Mismatched tensor data types while loading: {header.Type} is stored, and {tensor.dtype} expected.");
        if (!header.Shape.SequenceEqual(tensor.shape))
        {
            throw new ArgumentException(
                $"Mismatched tensor shape while loading: [{string.Join(", ", header.Shape)}] is stored, and [{string.Join(", ", tensor.shape)}] expected.");
        }

        using var recordingOff = no_grad();
        if (header.Type == tensor.dtype && tensor.device_type == DeviceType.CPU && tensor.is_contiguous())
        {
            tensor.ReadBytesFromStream(reader.BaseStream, 1 << 16);
            return;
        }

        using var host = empty(header.Shape, dtype: header.Type, device: CPU);
        host.ReadBytesFromStream(reader.BaseStream, 1 << 16);
        tensor.copy_(host);
    }

    /// <summary>A copy of a tensor whose bytes lie row by row in this process's memory, or null where its own do.</summary>
    private static Tensor? OnHost(Tensor tensor)
    {
        if (tensor.device_type == DeviceType.CPU && tensor.is_contiguous()) return null;
        using var recordingOff = no_grad();
        using var detached = tensor.detach();
        using var host = detached.cpu();
        return host.contiguous();
    }
}
