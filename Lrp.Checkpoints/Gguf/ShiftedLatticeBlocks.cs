using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Lrp.Checkpoints.Gguf;

/// <summary>
/// The IQ1 types: 256 elements, each eight of them a point of a grid of -1, 0 and 1, shifted by an eighth up or down.
/// </summary>
internal static unsafe class ShiftedLatticeBlocks
{
    private const float Eighth = 0.125f;

    // Eight times 1 and eight times -1.
    private const ulong Up = 0x0101010101010101;
    private const ulong Down = ulong.MaxValue;

    /// <summary>scale, 32 indices, 8 words: four times 3 upper bits, a scale of 3 bits, the shift's sign.</summary>
    public static void Iq1S(byte* from, float* to, long count)
    {
        for (; count > 0; count--, from += 50)
        {
            var scale = Lanes.Half(from);
            for (var sub = 0; sub < 8; sub++, to += 32)
            {
                var index = from + 2 + (4 * sub);
                int word = Unsafe.ReadUnaligned<ushort>(from + 34 + (2 * sub));
                var subScale = scale * ((2 * ((word >> 12) & 7)) + 1);
                var shift = (word & 0x8000) == 0 ? Up : Down;
                WriteTwo(index[0] | ((word & 7) << 8), shift, index[1] | (((word >> 3) & 7) << 8), shift, subScale, to);
                WriteTwo(
                    index[2] | (((word >> 6) & 7) << 8),
                    shift,
                    index[3] | (((word >> 9) & 7) << 8),
                    shift,
                    subScale,
                    to + Lanes.Count
                );
            }
        }
    }

    /// <summary>
    /// 32 indices, 16 bytes of two times 3 upper bits and the shift's sign, 4 words of four scales of 3 bits and a
    /// quarter of the scale's bits.
    /// </summary>
    public static void Iq1M(byte* from, float* to, long count)
    {
        for (; count > 0; count--, from += 56)
        {
            var words = Unsafe.ReadUnaligned<ulong>(from + 48);
            var bits =
                ((words >> 12) & 0xF) | ((words >> 24) & 0xF0) | ((words >> 36) & 0xF00) | ((words >> 48) & 0xF000);
            var scale = (float)BitConverter.UInt16BitsToHalf((ushort)bits);
            for (var pair = 0; pair < 16; pair++, to += Lanes.Count)
            {
                var index = from + (2 * pair);
                var upper = from[32 + pair];
                var sub = (int)(words >> ((16 * (pair / 4)) + (3 * (pair % 4)))) & 7;
                WriteTwo(
                    index[0] | ((upper & 7) << 8),
                    (upper & 0x08) == 0 ? Up : Down,
                    index[1] | ((upper & 0x70) << 4),
                    (upper & 0x80) == 0 ? Up : Down,
                    scale * ((2 * sub) + 1),
                    to
                );
            }
        }
    }

    // The grid and the shift are eight times as large, the scale an eighth: the same bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteTwo(int first, ulong firstShift, int second, ulong secondShift, float scale, float* to)
    {
        var points = Vector128.Create(LatticeGrids.Iq1[first], LatticeGrids.Iq1[second]).AsSByte();
        var shifts = Vector128.Create(firstShift, secondShift).AsSByte();
        Lanes.Write(points + shifts, scale * Eighth, to);
    }
}
