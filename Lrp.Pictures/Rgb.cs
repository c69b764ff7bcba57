using System.Globalization;
using System.Runtime.InteropServices;

namespace Lrp.Pictures;

/// <summary>A colour: red, green and blue in sRGB, 0 to 255 each.</summary>
/// <param name="R">Red.</param>
/// <param name="G">Green.</param>
/// <param name="B">Blue.</param>
/// <remarks>Four bytes long, of which the last is unused: rows of colours are pixels as Skia takes them, without a copy.</remarks>
[StructLayout(LayoutKind.Sequential, Size = 4)]
public readonly record struct Rgb(byte R, byte G, byte B)
{
    /// <summary>The colour of a number such as <c>0xd0d0d0</c>.</summary>
    /// <param name="hex">Red, green and blue, eight bits each, red highest.</param>
    public static Rgb Hex(int hex) => new((byte)(hex >> 16), (byte)(hex >> 8), (byte)hex);

    /// <summary>The colour a part of the way from one to another.</summary>
    /// <param name="from">The colour at 0.</param>
    /// <param name="to">The colour at 1.</param>
    /// <param name="amount">How far, from 0 to 1.</param>
    public static Rgb Mix(Rgb from, Rgb to, double amount)
    {
        return new Rgb(Channel(from.R, to.R), Channel(from.G, to.G), Channel(from.B, to.B));

        byte Channel(byte a, byte b) => (byte)Math.Round(a + ((b - a) * amount));
    }

    /// <summary>How bright the colour looks, from 0 for black to 1 for white (the weights of ITU-R BT.709).</summary>
    public double Luminance => ((0.2126 * R) + (0.7152 * G) + (0.0722 * B)) / 255;

    /// <summary>The colour as CSS writes it: <c>#d0d0d0</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"#{R:x2}{G:x2}{B:x2}");
}
