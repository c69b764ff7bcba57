using Lrp.Pictures;

namespace Lrp.Analysis.Information;

/// <summary>Letters of three by five dots, capitals only: enough to label the squares of a picture.</summary>
internal static class SmallFont
{
    public const int Height = 5;

    private const int Width = 3;
    private const int Unknown = 0x7b6f;

    // The rows of a letter from the top, three bits each, the leftmost dot highest.
    private static readonly Dictionary<char, int> Dots = new (char Letter, int Rows)[]
    {
        ('A', 0x2bed), ('B', 0x6bae), ('C', 0x3923), ('D', 0x6b6e), ('E', 0x79a7), ('F', 0x79a4),
        ('G', 0x396b), ('H', 0x5bed), ('I', 0x7497), ('J', 0x126a), ('K', 0x5bad), ('L', 0x4927),
        ('M', 0x5fed), ('N', 0x6b6d), ('O', 0x2b6a), ('P', 0x6ba4), ('Q', 0x2b73), ('R', 0x6bad),
        ('S', 0x388e), ('T', 0x7492), ('U', 0x5b6f), ('V', 0x5b6a), ('W', 0x5bfd), ('X', 0x5aad),
        ('Y', 0x5a92), ('Z', 0x72a7), ('0', 0x7b6f), ('1', 0x2c97), ('2', 0x62a7), ('3', 0x628e),
        ('4', 0x5bc9), ('5', 0x798e), ('6', 0x39ef), ('7', 0x7292), ('8', 0x7bef), ('9', 0x7bce),
        ('.', 0x0002), (',', 0x0014), (':', 0x0410), (';', 0x0414), ('-', 0x01c0), ('_', 0x0007),
        ('+', 0x05d0), ('=', 0x0e38), ('*', 0x0aa8), ('/', 0x12a4), ('\\', 0x4889), ('(', 0x1491),
        (')', 0x4494), ('[', 0x3493), (']', 0x6496), ('<', 0x1511), ('>', 0x4454), ('!', 0x2482),
        ('?', 0x6282), ('\'', 0x2400), ('"', 0x5a00), ('#', 0x5f7d), ('%', 0x52a5), ('&', 0x2aab),
        ('@', 0x2be3), ('$', 0x3c9e),
        (' ', 0),
    }.ToDictionary(entry => entry.Letter, entry => entry.Rows);

    /// <summary>How wide a text is, in dots, with the gap after each letter.</summary>
    public static int WidthOf(string text) => text.Length * (Width + 1);

    /// <summary>Draws a text.</summary>
    public static void Draw(Picture picture, string text, int left, int top, int dot, Rgb ink)
    {
        for (int letter = 0; letter < text.Length; letter++)
        {
            int dots = Dots.GetValueOrDefault(char.ToUpperInvariant(text[letter]), Unknown);
            for (int bit = 0; bit < Width * Height; bit++)
            {
                if ((dots >> ((Width * Height) - 1 - bit) & 1) != 0)
                {
                    Fill(picture, left + (((letter * (Width + 1)) + (bit % Width)) * dot), top + (bit / Width * dot), dot, dot, ink);
                }
            }
        }
    }

    /// <summary>Fills a rectangle.</summary>
    public static void Fill(Picture picture, int left, int top, int width, int height, Rgb color)
    {
        for (int y = top; y < top + height; y++)
        {
            for (int x = left; x < left + width; x++)
            {
                picture[x, y] = color;
            }
        }
    }
}
