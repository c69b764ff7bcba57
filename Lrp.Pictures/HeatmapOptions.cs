namespace Lrp.Pictures;

/// <summary>How relevance becomes colour.</summary>
/// <remarks>A value v becomes sign(v)·(min(|v|, m)/m)^γ, with m the clipping percentile of all |v|, and then a colour.</remarks>
public sealed record HeatmapOptions
{
    /// <summary>Seismic, symmetric, linear, nothing clipped, a scale for each picture.</summary>
    public static HeatmapOptions Default { get; } = new();

    /// <summary>The colours.</summary>
    public ColorMap ColorMap { get; init; } = ColorMap.Seismic;

    /// <summary>Which relevance gets which end of the colour map.</summary>
    public HeatmapRange Range { get; init; } = HeatmapRange.Symmetric;

    /// <summary>The exponent γ: 1 is linear, less than 1 shows small relevance more strongly.</summary>
    public double Gamma { get; init; } = 1;

    /// <summary>The percentile of the absolute values from which on colours saturate: 100 is their maximum, 99 keeps a few outliers from fading the rest.</summary>
    public double ClipPercentile { get; init; } = 100;

    /// <summary>Whether the pictures of one batch share their scale, so that strengths can be compared between them.</summary>
    public bool SharedScale { get; init; }

    /// <summary>The side of the square that shows one value, in pixels.</summary>
    public int PixelSize { get; init; } = 1;

    /// <summary>The colour of a value that is NaN or infinite: shown, not hidden.</summary>
    public Rgb NotFinite { get; init; } = Rgb.Hex(0xff00ff);

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(ColorMap);
        if (!(Gamma > 0) || !double.IsFinite(Gamma))
        {
            throw new ArgumentException($"A heatmap's gamma must be greater than 0; it is {Gamma}.");
        }

        if (!(ClipPercentile > 0 && ClipPercentile <= 100))
        {
            throw new ArgumentException($"A heatmap's clipping percentile must be greater than 0 and at most 100; it is {ClipPercentile}.");
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(PixelSize);
    }
}
