using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Lrp.Checkpoints.Gguf;

/// <summary>
/// The K types: 256 elements with one scale, in sub-blocks of 16 or 32 whose own scales, and minima, are small numbers.
/// </summary>
internal static unsafe class SuperBlocks
{
    private const int Elements = 256;

    /// <summary>16 scales and minima of 4 bits, 64 bytes of four elements, scale, minimum.</summary>
    public static void Q2(byte* from, float* to, long count)
    {
        for (; count > 0; count--, from += 84)
        {
            var scale = Lanes.Half(from + 80);
            var minimum = Lanes.Half(from + 82);
            var sub = from;
            for (var fours = from + 16; fours < from + 80; fours += 32)
            {
                var first = Lanes.Load(fours);
                var second = Lanes.Load(fours + Lanes.Count);
                for (var shift = 0; shift < 8; shift += 2, sub += 2, to += 32)
                {
                    WriteSub(Lanes.Bits(first, shift, 3), sub[0], scale, minimum, to);
                    WriteSub(Lanes.Bits(second, shift, 3), sub[1], scale, minimum, to + Lanes.Count);
                }
            }
        }
    }

    /// <summary>256 third bits, 64 bytes of the lower two, 16 scales of 6 bits, scale.</summary>
    public static void Q3(byte* from, float* to, long count)
    {
        var scales = stackalloc sbyte[16];
        for (; count > 0; count--, from += 110)
        {
            var scale = Lanes.Half(from + 108);
            SixBitScales(from + 96, scales);
            var third = Lanes.Load(from);
            var thirdSecond = Lanes.Load(from + Lanes.Count);
            for (var half = 0; half < 2; half++)
            {
                var first = Lanes.Load(from + 32 + (32 * half));
                var second = Lanes.Load(from + 48 + (32 * half));
                for (var j = 0; j < 4; j++, to += 32)
                {
                    var bit = (4 * half) + j;
                    Lanes.Write(ThreeBits(first, 2 * j, third, bit), scale * scales[2 * bit], to);
                    Lanes.Write(
                        ThreeBits(second, 2 * j, thirdSecond, bit),
                        scale * scales[(2 * bit) + 1],
                        to + Lanes.Count
                    );
                }
            }
        }
    }

    /// <summary>scale, minimum, 8 scales and minima of 6 bits, 128 bytes of two elements.</summary>
    public static void Q4(byte* from, float* to, long count)
    {
        for (; count > 0; count--, from += 144)
        {
            var scale = Lanes.Half(from);
            var minimum = Lanes.Half(from + 2);
            for (var j = 0; j < 8; j += 2, to += 64)
            {
                var (scaleLow, shiftLow) = SubScale(from + 4, j, scale, minimum);
                var (scaleHigh, shiftHigh) = SubScale(from + 4, j + 1, scale, minimum);
                for (var part = 0; part < 32; part += Lanes.Count)
                {
                    var pairs = Lanes.Load(from + 16 + (16 * j) + part);
                    Lanes.Write(Lanes.Low(pairs), scaleLow, shiftLow, to + part);
                    Lanes.Write(Lanes.High(pairs), scaleHigh, shiftHigh, to + 32 + part);
                }
            }
        }
    }

    /// <summary>scale, minimum, 8 scales and minima of 6 bits, 256 fifth bits, 128 bytes of the lower four.</summary>
    public static void Q5(byte* from, float* to, long count)
    {
        for (; count > 0; count--, from += 176)
        {
            var scale = Lanes.Half(from);
            var minimum = Lanes.Half(from + 2);
            for (var j = 0; j < 8; j += 2, to += 64)
            {
                var (scaleLow, shiftLow) = SubScale(from + 4, j, scale, minimum);
                var (scaleHigh, shiftHigh) = SubScale(from + 4, j + 1, scale, minimum);
                for (var part = 0; part < 32; part += Lanes.Count)
                {
                    var fifth = Lanes.Load(from + 16 + part);
                    var pairs = Lanes.Load(from + 48 + (16 * j) + part);
                    var low = Lanes.Low(pairs) | (Lanes.Bits(fifth, j, 1) << 4);
                    var high = Lanes.High(pairs) | (Lanes.Bits(fifth, j + 1, 1) << 4);
                    Lanes.Write(low, scaleLow, shiftLow, to + part);
                    Lanes.Write(high, scaleHigh, shiftHigh, to + 32 + part);
                }
            }
        }
    }

    /// <summary>128 bytes of the lower four bits, 64 of the upper two, 16 signed scales, scale.</summary>
    public static void Q6(byte* from, float* to, long count)
    {
        for (; count > 0; count--, from += 210)
        {
            var scale = Lanes.Half(from + 208);
            for (var half = 0; half < 2; half++)
            {
                var scales = (sbyte*)from + 192 + (8 * half);
                for (var part = 0; part < 2; part++)
                {
                    var upper = Lanes.Load(from + 128 + (32 * half) + (Lanes.Count * part));
                    var lower = from + (64 * half) + (Lanes.Count * part);
                    var first = Lanes.Load(lower);
                    var second = Lanes.Load(lower + 32);
                    var into = to + (Lanes.Count * part);
                    Lanes.Write(SixBits(Lanes.Low(first), upper, 0), scale * scales[part], into);
                    Lanes.Write(SixBits(Lanes.Low(second), upper, 2), scale * scales[part + 2], into + 32);
                    Lanes.Write(SixBits(Lanes.High(first), upper, 4), scale * scales[part + 4], into + 64);
                    Lanes.Write(SixBits(Lanes.High(second), upper, 6), scale * scales[part + 6], into + 96);
                }

                to += Elements / 2;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteSub(Vector128<byte> numbers, byte sub, float scale, float minimum, float* to) =>
        Lanes.Write(numbers, scale * (sub & 0xF), -(minimum * (sub >> 4)), to);

    // The lower two bits, less 4 where the third is not set.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<sbyte> ThreeBits(Vector128<byte> lower, int shift, Vector128<byte> third, int bit) =>
        Lanes.Less(Lanes.Bits(lower, shift, 3) | (Lanes.Bits(third, bit, 1) << 2), 4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<sbyte> SixBits(Vector128<byte> four, Vector128<byte> upper, int shift) =>
        Lanes.Less(four | (Lanes.Bits(upper, shift, 3) << 4), 32);

    // Eight bytes have the lower four bits of sixteen scales, four more bytes the upper two.
    private static void SixBitScales(byte* from, sbyte* to)
    {
        for (var i = 0; i < 16; i++)
        {
            var low = (from[i % 8] >> (4 * (i / 8))) & 0xF;
            var high = (from[8 + (i % 4)] >> (2 * (i / 4))) & 3;
            to[i] = (sbyte)((low | (high << 4)) - 32);
        }
    }

    // Of twelve bytes, the lower six bits of the first eight are scales and minima 0 to 3; those of 4 to 7 have their
    // lower four bits in the last four bytes, and their upper two above the first eight.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (float Scale, float Shift) SubScale(byte* packed, int j, float scale, float minimum)
    {
        var (sub, subMinimum) =
            j < 4
                ? (packed[j] & 63, packed[j + 4] & 63)
                : ((packed[j + 4] & 0xF) | ((packed[j - 4] >> 6) << 4), (packed[j + 4] >> 4) | ((packed[j] >> 6) << 4));
        return (scale * sub, -(minimum * subMinimum));
    }
}
