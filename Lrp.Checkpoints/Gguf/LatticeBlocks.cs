using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Lrp.Checkpoints.Gguf;

/// <summary>
/// The IQ2 and IQ3 types: 256 elements, each eight, or four, of them a point of a grid, with signs and with scales for
/// sub-blocks of 32 or 16.
/// </summary>
internal static unsafe class LatticeBlocks
{
    /// <summary>scale, 8 times: four indices, four times 7 signs and a scale of 4 bits.</summary>
    public static void Iq2Xxs(byte* from, float* to, long count)
    {
        for (; count > 0; count--, from += 66)
        {
            var scale = Lanes.Half(from);
            for (var sub = 0; sub < 8; sub++, to += 32)
            {
                var index = from + 2 + (8 * sub);
                var signs = Unsafe.ReadUnaligned<uint>(index + 4);
                var subScale = scale * (0.5f + (signs >> 28)) * 0.25f;
                WriteTwo(Grid2(index[0], index[1]), SevenSigns(signs, 0), subScale, to);
                WriteTwo(Grid2(index[2], index[3]), SevenSigns(signs, 14), subScale, to + Lanes.Count);
            }
        }

        static Vector128<sbyte> Grid2(byte first, byte second) =>
            Vector128.Create(LatticeGrids.Iq2Xxs[first], LatticeGrids.Iq2Xxs[second]).AsSByte();
    }

    /// <summary>scale, 32 times: an index of 9 bits and 7 signs; 16 scales of 4 bits.</summary>
    public static void Iq2Xs(byte* from, float* to, long count)
    {
        for (; count > 0; count--, from += 74)
        {
            var scale = Lanes.Half(from);
            for (var pair = 0; pair < 16; pair++, to += Lanes.Count)
            {
                var codes = Unsafe.ReadUnaligned<uint>(from + 2 + (4 * pair));
                var sub = (from[66 + (pair / 2)] >> (4 * (pair % 2))) & 0xF;
                var points = Vector128.Create(
                    LatticeGrids.Iq2Xs[(int)(codes & 511)],
                    LatticeGrids.Iq2Xs[(int)((codes >> 16) & 511)]
                );
                var signs = Eighth((codes >> 9) & 127) | (Eighth(codes >> 25) << 8);
                WriteTwo(points.AsSByte(), signs, scale * (0.5f + sub) * 0.25f, to);
            }
        }
    }

    /// <summary>scale, 32 bytes of indices, 32 of signs, 8 of the indices' upper 2 bits, 16 scales of 4 bits.</summary>
    public static void Iq2S(byte* from, float* to, long count)
    {
        for (; count > 0; count--, from += 82)
        {
            var scale = Lanes.Half(from);
            for (var pair = 0; pair < 16; pair++, to += Lanes.Count)
            {
                var index = from + 2 + (2 * pair);
                var upper = from[66 + (pair / 2)] >> (4 * (pair % 2));
                var sub = (from[74 + (pair / 2)] >> (4 * (pair % 2))) & 0xF;
                var points = Vector128.Create(
                    LatticeGrids.Iq2S[index[0] | ((upper & 3) << 8)],
                    LatticeGrids.Iq2S[index[1] | ((upper & 12) << 6)]
                );
                var signs = Unsafe.ReadUnaligned<ushort>(index + 32);
                WriteTwo(points.AsSByte(), signs, scale * (0.5f + sub) * 0.25f, to);
            }
        }
    }

    /// <summary>scale, 64 indices, 8 times: four times 7 signs and a scale of 4 bits.</summary>
    public static void Iq3Xxs(byte* from, float* to, long count)
    {
        for (; count > 0; count--, from += 98)
        {
            var scale = Lanes.Half(from);
            for (var sub = 0; sub < 8; sub++, to += 32)
            {
                var index = from + 2 + (8 * sub);
                var signs = Unsafe.ReadUnaligned<uint>(from + 66 + (4 * sub));
                var subScale = scale * (0.5f + (signs >> 28)) * 0.5f;
                WriteTwo(Grid4(index), SevenSigns(signs, 0), subScale, to);
                WriteTwo(Grid4(index + 4), SevenSigns(signs, 14), subScale, to + Lanes.Count);
            }
        }

        static Vector128<sbyte> Grid4(byte* index) =>
            Vector128
                .Create(
                    LatticeGrids.Iq3Xxs[index[0]],
                    LatticeGrids.Iq3Xxs[index[1]],
                    LatticeGrids.Iq3Xxs[index[2]],
                    LatticeGrids.Iq3Xxs[index[3]]
                )
                .AsSByte();
    }

    /// <summary>scale, 64 indices, 8 bytes of their ninth bits, 32 of signs, 8 scales of 4 bits.</summary>
    public static void Iq3S(byte* from, float* to, long count)
    {
        for (; count > 0; count--, from += 110)
        {
            var scale = Lanes.Half(from);
            for (var pair = 0; pair < 16; pair++, to += Lanes.Count)
            {
                var index = from + 2 + (4 * pair);
                var ninth = from[66 + (pair / 2)] >> (4 * (pair % 2));
                var sub = (from[106 + (pair / 4)] >> (4 * (pair / 2 % 2))) & 0xF;
                var points = Vector128.Create(
                    LatticeGrids.Iq3S[index[0] | ((ninth & 1) << 8)],
                    LatticeGrids.Iq3S[index[1] | ((ninth & 2) << 7)],
                    LatticeGrids.Iq3S[index[2] | ((ninth & 4) << 6)],
                    LatticeGrids.Iq3S[index[3] | ((ninth & 8) << 5)]
                );
                var signs = Unsafe.ReadUnaligned<ushort>(from + 74 + (2 * pair));
                WriteTwo(points.AsSByte(), signs, scale * (1 + (2 * sub)), to);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteTwo(Vector128<sbyte> points, uint signs, float scale, float* to) =>
        Lanes.Write(Lanes.Negate(points, Lanes.Mask(signs)), scale, to);

    // Two times seven signs of a word, with the eighth ones.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint SevenSigns(uint word, int shift) =>
        Eighth((word >> shift) & 127) | (Eighth((word >> (shift + 7)) & 127) << 8);

    // The eighth sign makes the number of negative ones even.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Eighth(uint seven) => seven | ((uint)(BitOperations.PopCount(seven) & 1) << 7);
}
