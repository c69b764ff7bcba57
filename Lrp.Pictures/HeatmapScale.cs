namespace Lrp.Pictures;

/// <summary>
/// Maps a value to a position on the colour map. The limits come from all values that are drawn with it.
/// </summary>
internal readonly struct HeatmapScale
{
    private readonly HeatmapOptions _options;
    private readonly double _low;
    private readonly double _high;

    private HeatmapScale(HeatmapOptions options, double low, double high)
    {
        _options = options;
        _low = low;
        _high = high;
    }

    public static HeatmapScale Find(HeatmapOptions options, IEnumerable<RelevanceMap> maps)
    {
        double[] finite = [.. maps.SelectMany(map => map.Values.ToArray()).Where(double.IsFinite)];
        if (finite.Length == 0)
        {
            return new HeatmapScale(options, 0, 0);
        }

        if (options.Range == HeatmapRange.MinToMax)
        {
            Array.Sort(finite);
            return new HeatmapScale(
                options,
                Percentile(finite, 100 - options.ClipPercentile),
                Percentile(finite, options.ClipPercentile)
            );
        }

        double[] sizes =
            options.Range == HeatmapRange.Positive
                ? [.. finite.Select(value => Math.Max(value, 0))]
                : [.. finite.Select(Math.Abs)];
        Array.Sort(sizes);
        var limit = Percentile(sizes, options.ClipPercentile);

        // The percentile of sparse relevance can be zero; then the maximum is used instead.
        return new HeatmapScale(options, 0, limit > 0 ? limit : sizes[^1]);
    }

    public Rgb ColorOf(double value)
    {
        if (!double.IsFinite(value))
        {
            return _options.NotFinite;
        }

        var amount = _options.Range switch
        {
            HeatmapRange.Symmetric => 0.5 + (0.5 * Math.Sign(value) * Curve(Math.Abs(value))),
            HeatmapRange.Positive => Curve(value),
            HeatmapRange.Absolute => Curve(Math.Abs(value)),
            _ => Curve(value),
        };
        return _options.ColorMap.At(amount);
    }

    /// <summary>The absolute value on a scale from 0 to 1, used as an overlay's opacity.</summary>
    public double StrengthOf(double value) =>
        double.IsFinite(value)
            ? Curve(_options.Range is HeatmapRange.Symmetric or HeatmapRange.Absolute ? Math.Abs(value) : value)
            : 1;

    private double Curve(double value)
    {
        var share = _high > _low ? (value - _low) / (_high - _low) : 0;
        return Math.Pow(Math.Clamp(share, 0, 1), _options.Gamma);
    }

    private static double Percentile(double[] sorted, double percent)
    {
        var position = percent / 100 * (sorted.Length - 1);
        var below = (int)Math.Floor(position);
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((sorted[above] - sorted[below]) * (position - below));
    }
}
