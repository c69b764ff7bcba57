using System.Globalization;
using System.Runtime.InteropServices;

namespace Lrp.Pictures;

/// <summary>A colour: red, green and blue in sRGB, 0 to 255 each.</summary>
/// <param name="R">Red.</param>
/// <param name="G">Green.</param>
/// <param name="B">Blue.</param>
/// <remarks>
/// It is four bytes long and the last byte is unused, so that Skia can use rows of colours as pixels without a copy.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Size = 4)]
public readonly record struct Rgb(byte R, byte G, byte B)
{
    /// <summary>Creates a colour from a number such as <c>0xd0d0d0</c>.</summary>
    /// <param name="hex">Red, green and blue with eight bits each, red in the highest bits.</param>
    public static Rgb Hex(int hex) => new((byte)(hex >> 16), (byte)(hex >> 8), (byte)hex);

    /// <summary>Interpolates linearly between two colours.</summary>
    /// <param name="from">The colour at 0.</param>
    /// <param name="to">The colour at 1.</param>
    /// <param name="amount">The position between the two, from 0 to 1.</param>
    public static Rgb Mix(Rgb from, Rgb to, double amount)
    {
        return new Rgb(Channel(from.R, to.R), Channel(from.G, to.G), Channel(from.B, to.B));

        byte Channel(byte a, byte b) => (byte)Math.Round(a + ((b - a) * amount));
    }

    /// <summary>How bright the colour looks, from 0 for black to 1 for white (the weights of ITU-R BT.709).</summary>
    public double Luminance => ((0.2126 * R) + (0.7152 * G) + (0.0722 * B)) / 255;

    /// <summary>The colour in CSS notation: <c>#d0d0d0</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"#{R:x2}{G:x2}{B:x2}");
}
