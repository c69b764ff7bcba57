using Lrp.Pictures;

namespace Programs;

/// <summary>
/// A sound as a line over its relevance: red samples speak for what is explained, blue ones against it.
/// </summary>
public static class Waveform
{
    private const int Height = 120;
    private const int Window = 9;

    /// <summary>Draws the first samples of a sound, each two pixels wide.</summary>
    /// <param name="sound">The samples.</param>
    /// <param name="relevance">The relevance of each.</param>
    /// <param name="count">How many samples are drawn.</param>
    public static Picture Draw(double[] sound, double[] relevance, int count)
    {
        ArgumentNullException.ThrowIfNull(sound);
        ArgumentNullException.ThrowIfNull(relevance);
        var smooth = Enumerable.Range(0, count).Select(i => Mean(relevance, i)).ToArray();
        var largest = smooth.Max(Math.Abs);
        var loudest = sound.Take(count).Max(Math.Abs);
        var picture = new Picture(2 * count, Height, Rgb.Hex(0xffffff));
        var before = Row(sound[0], loudest);
        for (var x = 0; x < 2 * count; x++)
        {
            var colour = ColorMap.Bwr.At(0.5 + (smooth[x / 2] / largest / 2));
            for (var y = 0; y < Height; y++)
            {
                picture[x, y] = colour;
            }

            var row = Row(sound[x / 2], loudest);
            for (var y = Math.Min(row, before); y <= Math.Max(row, before); y++)
            {
                picture[x, y] = Rgb.Hex(0x202020);
            }

            before = row;
        }

        return picture;
    }

    private static int Row(double sample, double loudest) =>
        (int)Math.Round((Height - 1) * (0.5 - (0.45 * sample / loudest)));

    private static double Mean(double[] values, int centre)
    {
        var start = Math.Max(0, centre - (Window / 2));
        return values.Skip(start).Take(Math.Min(Window, values.Length - start)).Average();
    }
}
