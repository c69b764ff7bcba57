using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Lrp.Checkpoints.Gguf;

/// <summary>Blocks of 32 elements with one scale, and with one minimum in the types whose names end in 1.</summary>
internal static unsafe class ScaledBlocks
{
    private const int Elements = 32;

    private static readonly Vector128<byte> FifthBit = Vector128.Create((byte)0x10);

    /// <summary>scale, 16 bytes of two elements: scale * (element - 8).</summary>
    public static void Q4Zero(byte* from, float* to, long count)
    {
        for (; count > 0; count--, from += 18, to += Elements)
        {
            var scale = Lanes.Half(from);
            var pairs = Lanes.Load(from + 2);
            Lanes.Write(Lanes.Less(Lanes.Low(pairs), 8), scale, to);
            Lanes.Write(Lanes.Less(Lanes.High(pairs), 8), scale, to + Lanes.Count);
        }
    }

    /// <summary>scale, minimum, 16 bytes of two elements: scale * element + minimum.</summary>
    public static void Q4One(byte* from, float* to, long count)
    {
        for (; count > 0; count--, from += 20, to += Elements)
        {
            var scale = Lanes.Half(from);
            var minimum = Lanes.Half(from + 2);
            var pairs = Lanes.Load(from + 4);
            Lanes.Write(Lanes.Low(pairs), scale, minimum, to);
            Lanes.Write(Lanes.High(pairs), scale, minimum, to + Lanes.Count);
        }
    }

    /// <summary>scale, 32 fifth bits, 16 bytes of two elements: scale * (element - 16).</summary>
    public static void Q5Zero(byte* from, float* to, long count)
    {
        for (; count > 0; count--, from += 22, to += Elements)
        {
            var scale = Lanes.Half(from);
            var (low, high) = FiveBits(from + 2, from + 6);
            Lanes.Write(Lanes.Less(low, 16), scale, to);
            Lanes.Write(Lanes.Less(high, 16), scale, to + Lanes.Count);
        }
    }

    /// <summary>scale, minimum, 32 fifth bits, 16 bytes of two elements: scale * element + minimum.</summary>
    public static void Q5One(byte* from, float* to, long count)
    {
        for (; count > 0; count--, from += 24, to += Elements)
        {
            var scale = Lanes.Half(from);
            var minimum = Lanes.Half(from + 2);
            var (low, high) = FiveBits(from + 4, from + 8);
            Lanes.Write(low, scale, minimum, to);
            Lanes.Write(high, scale, minimum, to + Lanes.Count);
        }
    }

    /// <summary>scale, 32 signed bytes: scale * element.</summary>
    public static void Q8Zero(byte* from, float* to, long count)
    {
        for (; count > 0; count--, from += 34, to += Elements)
        {
            var scale = Lanes.Half(from);
            Lanes.Write(Lanes.Load(from + 2).AsSByte(), scale, to);
            Lanes.Write(Lanes.Load(from + 2 + Lanes.Count).AsSByte(), scale, to + Lanes.Count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<byte> Low, Vector128<byte> High) FiveBits(byte* fifth, byte* pairs)
    {
        var bits = Unsafe.ReadUnaligned<uint>(fifth);
        var four = Lanes.Load(pairs);
        return (
            Lanes.Low(four) | (Lanes.Mask(bits) & FifthBit),
            Lanes.High(four) | (Lanes.Mask(bits >> 16) & FifthBit)
        );
    }
}
