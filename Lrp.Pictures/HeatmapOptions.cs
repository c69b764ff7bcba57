namespace Lrp.Pictures;

/// <summary>Options that say how relevance is converted to colours.</summary>
/// <remarks>
/// A value v becomes sign(v)·(min(|v|, m)/m)^γ, where m is the clipping percentile of all |v|, and then a colour.
/// </remarks>
public sealed record HeatmapOptions
{
    /// <summary>
    /// The defaults: seismic, symmetric, linear, without clipping, and a separate scale for each picture.
    /// </summary>
    public static HeatmapOptions Default { get; } = new();

    /// <summary>The colour map.</summary>
    public ColorMap ColorMap { get; init; } = ColorMap.Seismic;

    /// <summary>Which relevance values get which end of the colour map.</summary>
    public HeatmapRange Range { get; init; } = HeatmapRange.Symmetric;

    /// <summary>The exponent γ: 1 is linear; a smaller γ makes small relevance more visible.</summary>
    public double Gamma { get; init; } = 1;

    /// <summary>
    /// The percentile of the absolute values above which colours saturate. 100 is the maximum; with 99, a few outliers
    /// do not make all other values pale.
    /// </summary>
    public double ClipPercentile { get; init; } = 100;

    /// <summary>
    /// Whether the pictures of a batch have the same scale, so that they can be compared with each other.
    /// </summary>
    public bool SharedScale { get; init; }

    /// <summary>The side length in pixels of the square that shows one value.</summary>
    public int PixelSize { get; init; } = 1;

    /// <summary>The colour of values that are NaN or infinite.</summary>
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
            throw new ArgumentException(
                $"A heatmap's clipping percentile must be greater than 0 and at most 100; it is {ClipPercentile}."
            );
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(PixelSize);
    }
}
