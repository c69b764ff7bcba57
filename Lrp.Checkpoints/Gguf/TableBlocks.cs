using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Lrp.Checkpoints.Gguf;

/// <summary>Blocks whose elements are scales times one of sixteen numbers of a table.</summary>
internal static unsafe class TableBlocks
{
    // Of IQ4: chosen by ggml's authors, closer to each other near zero.
    private static readonly Vector128<sbyte> NonLinear = Vector128.Create(
        -127,
        -104,
        -83,
        -65,
        -49,
        -35,
        -22,
        -10,
        1,
        13,
        25,
        38,
        53,
        69,
        89,
        (sbyte)113
    );

    // Twice the numbers that a 4 bit float with 2 bits of exponent can be (OCP Microscaling Formats 1.0, 5.3.3).
    private static readonly Vector128<sbyte> FourBitFloats = Vector128.Create(
        0,
        1,
        2,
        3,
        4,
        6,
        8,
        12,
        0,
        -1,
        -2,
        -3,
        -4,
        -6,
        -8,
        (sbyte)-12
    );

    /// <summary>scale, 16 bytes of two elements.</summary>
    public static void Iq4Nl(byte* from, float* to, long count)
    {
        for (; count > 0; count--, from += 18, to += 32)
        {
            WritePairs(from + 2, NonLinear, Lanes.Half(from), to);
        }
    }

    /// <summary>scale, the upper two and the lower four bits of 8 scales, 128 bytes of two elements.</summary>
    public static void Iq4Xs(byte* from, float* to, long count)
    {
        for (; count > 0; count--, from += 136)
        {
            var scale = Lanes.Half(from);
            var upper = Unsafe.ReadUnaligned<ushort>(from + 2);
            for (var sub = 0; sub < 8; sub++, to += 32)
            {
                var low = (from[4 + (sub / 2)] >> (4 * (sub % 2))) & 0xF;
                var high = (upper >> (2 * sub)) & 3;
                WritePairs(from + 8 + (16 * sub), NonLinear, scale * ((low | (high << 4)) - 32), to);
            }
        }
    }

    /// <summary>The exponent of the scale, 16 bytes of two elements.</summary>
    public static void Mxfp4(byte* from, float* to, long count)
    {
        for (; count > 0; count--, from += 17, to += 32)
        {
            WritePairs(from + 1, FourBitFloats, HalfPowerOfTwo(*from), to);
        }
    }

    /// <summary>Four scales of 8 bits, and for each 8 bytes of two elements.</summary>
    public static void Nvfp4(byte* from, float* to, long count)
    {
        for (; count > 0; count--, from += 36)
        {
            for (var sub = 0; sub < 4; sub++, to += 16)
            {
                var pairs = Vector64.Load(from + 4 + (8 * sub));
                var numbers = Vector128.Create(pairs & Vector64.Create((byte)0xF), pairs >>> 4);
                Lanes.Write(Vector128.Shuffle(FourBitFloats, numbers.AsSByte()), EightBitFloat(from[sub]), to);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WritePairs(byte* from, Vector128<sbyte> table, float scale, float* to)
    {
        var pairs = Lanes.Load(from);
        Lanes.Write(Vector128.Shuffle(table, Lanes.Low(pairs).AsSByte()), scale, to);
        Lanes.Write(Vector128.Shuffle(table, Lanes.High(pairs).AsSByte()), scale, to + Lanes.Count);
    }

    // Half of 2 to the power of (exponent - 127); half, because the table holds twice the numbers. Of exponents below 2
    // it is so small that float32 has no exponent for it.
    private static float HalfPowerOfTwo(byte exponent) =>
        BitConverter.UInt32BitsToSingle(exponent < 2 ? 0x00200000u << exponent : (uint)(exponent - 1) << 23);

    // Half of an unsigned float with 4 bits of exponent and 3 of mantissa; 127 is no number there, and 0 in ggml.
    private static float EightBitFloat(byte bits)
    {
        if (bits is 0 or 0x7F)
        {
            return 0;
        }

        var exponent = (bits >> 3) & 0xF;
        var mantissa = bits & 7;
        return exponent == 0 ? MathF.ScaleB(mantissa, -10) : MathF.ScaleB(8 + mantissa, exponent - 11);
    }
}
