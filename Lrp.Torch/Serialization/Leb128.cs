namespace Lrp.Torch.Serialization;

/// <summary>
/// Whole numbers of any size in as few bytes as they need (unsigned LEB128): seven bits a byte, the lowest first, the
/// eighth bit set where another byte follows.
/// </summary>
internal static class Leb128
{
    internal static void WriteLeb128(this BinaryWriter writer, long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        for (; value > 0x7f; value >>= 7) writer.Write((byte)(value | 0x80));
        writer.Write((byte)value);
    }

    /// <exception cref="InvalidDataException">The number has more than 63 bits.</exception>
    internal static long ReadLeb128(this BinaryReader reader)
    {
        var value = 0L;
        for (var shift = 0; shift < 63; shift += 7)
        {
            var bits = reader.ReadByte();
            value |= (long)(bits & 0x7f) << shift;
            if ((bits & 0x80) == 0) return value;
        }

        throw new InvalidDataException("This is no file in TorchSharp's format: a number in it does not end within 9 bytes.");
    }
}
