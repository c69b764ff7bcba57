using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Lrp.Checkpoints.Gguf;

/// <summary>Sixteen small whole numbers at a time, which is how all block types keep their elements.</summary>
/// <remarks>
/// One multiplication, and one addition where there is a minimum, rounded separately as in ggml: the results are the
/// same bits.
/// </remarks>
internal static unsafe class Lanes
{
    /// <summary>How many numbers are taken at a time.</summary>
    public const int Count = 16;

    private static readonly Vector128<byte> BitOfLane = Vector128.Create(0x8040201008040201UL).AsByte();
    private static readonly Vector128<byte> ByteOfLane = Vector128.Create(0UL, 0x0101010101010101UL).AsByte();
    private static readonly Vector128<byte> LowNibble = Vector128.Create((byte)0x0F);

    /// <summary>Sixteen bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Load(byte* from) => Vector128.Load(from);

    /// <summary>The low four bits of each byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Low(Vector128<byte> bytes) => bytes & LowNibble;

    /// <summary>The high four bits of each byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> High(Vector128<byte> bytes) => bytes >>> 4;

    /// <summary>Bits of each byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Bits(Vector128<byte> bytes, int shift, byte mask) =>
        (bytes >>> shift) & Vector128.Create(mask);

    /// <summary>For each of sixteen bits, the lowest first, a byte of ones or of zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Mask(uint bits)
    {
        var eachEight = Vector128.Shuffle(Vector128.CreateScalar(bits).AsByte(), ByteOfLane);
        return Vector128.Equals(eachEight & BitOfLane, BitOfLane);
    }

    /// <summary>The numbers, negated where the mask is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<sbyte> Negate(Vector128<sbyte> numbers, Vector128<byte> where) =>
        (numbers ^ where.AsSByte()) - where.AsSByte();

    /// <summary>The numbers, less one number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<sbyte> Less(Vector128<byte> numbers, sbyte offset) =>
        numbers.AsSByte() - Vector128.Create(offset);

    /// <summary>Writes scale * number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(Vector128<sbyte> numbers, float scale, float* to)
    {
        var (low, high) = Vector128.Widen(numbers);
        var (a, b) = Vector128.Widen(low);
        var (c, d) = Vector128.Widen(high);
        (Vector128.ConvertToSingle(a) * scale).Store(to);
        (Vector128.ConvertToSingle(b) * scale).Store(to + 4);
        (Vector128.ConvertToSingle(c) * scale).Store(to + 8);
        (Vector128.ConvertToSingle(d) * scale).Store(to + 12);
    }

    /// <summary>Writes scale * number + shift.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(Vector128<byte> numbers, float scale, float shift, float* to)
    {
        var shifts = Vector128.Create(shift);
        var (low, high) = Vector128.Widen(numbers.AsSByte());
        var (a, b) = Vector128.Widen(low);
        var (c, d) = Vector128.Widen(high);
        ((Vector128.ConvertToSingle(a) * scale) + shifts).Store(to);
        ((Vector128.ConvertToSingle(b) * scale) + shifts).Store(to + 4);
        ((Vector128.ConvertToSingle(c) * scale) + shifts).Store(to + 8);
        ((Vector128.ConvertToSingle(d) * scale) + shifts).Store(to + 12);
    }

    /// <summary>A 16 bit floating-point number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Half(byte* from) => (float)BitConverter.UInt16BitsToHalf(Unsafe.ReadUnaligned<ushort>(from));
}
