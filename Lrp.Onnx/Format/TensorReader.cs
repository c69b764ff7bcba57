using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Onnx.Format;

/// <summary>Makes tensors of those in a file: one copy of the bytes, into the tensor.</summary>
/// <param name="external">The files beside the model.</param>
/// <param name="floats">The type of all floating point tensors; null for that in the file.</param>
internal sealed unsafe class TensorReader(ExternalData external, ScalarType? floats)
{
    private const long MostElements = 1L << 40;

    /// <summary>Reads a tensor; the caller's dispose scope has it.</summary>
    /// <param name="tensor">The tensor in the file.</param>
    /// <param name="name">Its name in messages.</param>
    public Tensor Read(TensorDefinition tensor, string name)
    {
        var what = $"Tensor '{name}'";
        if (tensor.HasTexts)
        {
            throw new OnnxUnsupportedException($"{what} holds texts, which carry no relevance and are not supported.");
        }

        var type = ElementType.Of(tensor.Type, what);
        long[] shape = [.. tensor.Dims];
        var count = Count(shape, what);
        var result = External(tensor, type, count, what) ?? Inside(tensor, type, count, what);
        result = result.reshape(shape);
        return type.IsFloating && floats is { } wanted && result.dtype != wanted ? result.to_type(wanted) : result;
    }

    private static long Count(long[] shape, string what)
    {
        if (shape.Any(size => size < 0))
        {
            throw new OnnxFormatException($"{what} has a negative size in its shape [{string.Join(", ", shape)}].");
        }

        var count = shape.Aggregate(
            (UInt128)1,
            (product, size) => product > ulong.MaxValue ? product : product * (ulong)Math.Max(size, 1)
        );
        if (count > long.MaxValue)
        {
            throw new OnnxFormatException(
                $"{what} has the shape [{string.Join(", ", shape)}], whose sizes are beyond 64 bits together."
            );
        }

        return shape.Contains(0) ? 0
            : count > MostElements
                ? throw new OnnxLimitException(
                    $"{what} has the shape [{string.Join(", ", shape)}], which is {count} elements; no tensor of more "
                        + $"than {MostElements} is read."
                )
            : (long)count;
    }

    private Tensor? External(TensorDefinition tensor, ElementType type, long count, string what)
    {
        if (!tensor.IsExternal)
        {
            return null;
        }

        var bytes = external.Find(tensor.External, type.Bytes(count), what);
        return FromBytes(bytes, type, count);
    }

    private static Tensor Inside(TensorDefinition tensor, ElementType type, long count, string what)
    {
        if (tensor.RawLength >= 0)
        {
            return tensor.RawLength == type.Bytes(count)
                ? FromBytes(tensor.Raw, type, count)
                : throw new OnnxFormatException(
                    $"{what} has {tensor.RawLength} bytes, but {count} elements of {type.Name} are {type.Bytes(count)}."
                );
        }

        long given;
        Tensor result;
        switch (type.Number)
        {
            case 1:
                given = tensor.Floats.Count;
                result = torch.tensor(Exactly(tensor.Floats, count, what)).to_type(ScalarType.Float32);
                break;
            case 11:
                given = tensor.Doubles.Count;
                result = torch.tensor(Exactly(tensor.Doubles, count, what));
                break;
            case 10 or 16:
                given = tensor.Integers.Count;
                var halves = Array.ConvertAll(Exactly(tensor.Integers, count, what), bits => (ushort)bits);
                fixed (ushort* start = halves)
                {
                    result = FromBytes((byte*)start, type, given);
                }

                break;
            case 21 or 22:
                given = count;
                var packed = Array.ConvertAll([.. tensor.Integers], bits => (byte)bits);
                if (packed.Length != type.Bytes(count))
                {
                    throw Missing(what, packed.Length * 2, count);
                }

                fixed (byte* start = packed)
                {
                    result = FromBytes(start, type, count);
                }

                break;
            default:
                given = tensor.Integers.Count;
                result = torch.tensor(Exactly(tensor.Integers, count, what)).to_type(type.Held!.Value);
                break;
        }

        return given == count ? result : throw Missing(what, given, count);
    }

    private static T[] Exactly<T>(List<T> values, long count, string what) =>
        values.Count == count ? [.. values] : throw Missing(what, values.Count, count);

    private static OnnxFormatException Missing(string what, long given, long count) =>
        new($"{what} has {given} elements, but its shape needs {count}.");

    private static Tensor FromBytes(byte* bytes, ElementType type, long count)
    {
        switch (type.Number)
        {
            case 4:
                return torch.tensor(Wider<ushort, int>(bytes, count, value => value));
            case 12:
                return torch.tensor(Wider<uint, long>(bytes, count, value => value));
            case 21 or 22:
                return torch.tensor(Nibbles(bytes, count, type.Number == 22)).to_type(type.Held!.Value);
            default:
                var result = empty(count, type.Held!.Value);
                var size = type.Bytes(count);
                if (size > 0)
                {
                    Copy(bytes, result, size);
                }

                return result;
        }
    }

    private static void Copy(byte* bytes, Tensor to, long size)
    {
        // A span has at most 2^31 elements, so that a larger tensor is filled in parts.
        const long Most = 1L << 30;
        using var flat = to.reshape(-1);
        var width = size / flat.numel();
        for (var done = 0L; done < size; done += Most)
        {
            var length = Math.Min(Most, size - done);
            using var part = flat.narrow(0, done / width, length / width);
            new ReadOnlySpan<byte>(bytes + done, (int)length).CopyTo(part.bytes);
        }
    }

    private static TWide[] Wider<T, TWide>(byte* bytes, long count, Func<T, TWide> widen)
        where T : unmanaged
    {
        var result = new TWide[count];
        for (var k = 0L; k < count; k++)
        {
            result[k] = widen(((T*)bytes)[k]);
        }

        return result;
    }

    private static long[] Nibbles(byte* bytes, long count, bool isSigned)
    {
        var result = new long[count];
        for (var k = 0L; k < count; k++)
        {
            var value = (bytes[k / 2] >> (k % 2 == 0 ? 0 : 4)) & 0xF;
            result[k] = isSigned && value > 7 ? value - 16 : value;
        }

        return result;
    }
}
