namespace Lrp.Models.Vision.Parts;

/// <summary>Numbers of channels that are multiples of eight.</summary>
internal static class ChannelCount
{
    private const int Multiple = 8;

    /// <summary>
    /// channels · factor to the nearest multiple of eight, but never less than nine tenths of it: torchvision's
    /// _make_divisible.
    /// </summary>
    public static long Of(long channels, double factor)
    {
        var exact = channels * factor;
        var rounded = Math.Max(Multiple, (long)(exact + Multiple / 2.0) / Multiple * Multiple);
        return rounded < 0.9 * exact ? rounded + Multiple : rounded;
    }
}
