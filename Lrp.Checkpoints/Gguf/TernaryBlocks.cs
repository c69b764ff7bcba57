namespace Lrp.Checkpoints.Gguf;

/// <summary>Blocks whose elements are -scale, 0 and scale, or only the two of them.</summary>
internal static unsafe class TernaryBlocks
{
    /// <summary>32 + 16 bytes of five elements each, 4 bytes of four elements, scale.</summary>
    public static void Tq1(byte* from, float* to, long count)
    {
        for (; count > 0; count--, from += 54)
        {
            var scale = Lanes.Half(from + 52);
            to = Trits(from, 32, 5, scale, to);
            to = Trits(from + 32, 16, 5, scale, to);
            to = Trits(from + 48, 4, 4, scale, to);
        }
    }

    /// <summary>64 bytes of four elements, scale: scale * (element - 1).</summary>
    public static void Tq2(byte* from, float* to, long count)
    {
        for (; count > 0; count--, from += 66)
        {
            var scale = Lanes.Half(from + 64);
            for (var half = 0; half < 2; half++)
            {
                var first = Lanes.Load(from + (32 * half));
                var second = Lanes.Load(from + (32 * half) + Lanes.Count);
                for (var shift = 0; shift < 8; shift += 2, to += 32)
                {
                    Lanes.Write(Lanes.Less(Lanes.Bits(first, shift, 3), 1), scale, to);
                    Lanes.Write(Lanes.Less(Lanes.Bits(second, shift, 3), 1), scale, to + Lanes.Count);
                }
            }
        }
    }

    /// <summary>scale, 128 bits: scale or -scale.</summary>
    public static void Q1(byte* from, float* to, long count)
    {
        for (; count > 0; count--, from += 18)
        {
            var scale = Lanes.Half(from);
            for (var i = 0; i < 128; i++)
            {
                *to++ = ((from[2 + (i / 8)] >> (i % 8)) & 1) == 0 ? -scale : scale;
            }
        }
    }

    /// <summary>scale, 16 bytes of four elements one after the other: scale * (element - 1).</summary>
    public static void Q2(byte* from, float* to, long count)
    {
        for (; count > 0; count--, from += 18)
        {
            var scale = Lanes.Half(from);
            for (var i = 0; i < 64; i++)
            {
                *to++ = (((from[2 + (i / 4)] >> (2 * (i % 4))) & 3) - 1) * scale;
            }
        }
    }

    // A byte is a fraction of 256 that has its elements as digits of base 3, the first one in front: multiplied by 3
    // to the power of n, digit n is in front, and what overflows has gone.
    private static float* Trits(byte* from, int bytes, int digits, float scale, float* to)
    {
        byte power = 1;
        for (var n = 0; n < digits; n++, power *= 3)
        {
            for (var m = 0; m < bytes; m++)
            {
                var rest = (byte)(from[m] * power);
                *to++ = (((rest * 3) >> 8) - 1) * scale;
            }
        }

        return to;
    }
}
