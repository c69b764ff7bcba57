namespace Lrp.Pictures;

/// <summary>A colour map for numbers from 0 to 1. For signed relevance, 0.5 is zero relevance.</summary>
/// <remarks>
/// The maps are those used in the literature, so that pictures can be compared with published ones: seismic and bwr are
/// from matplotlib, coldnhot is the map with a black centre from zennit's figures. ScottPlot has none of these.
/// </remarks>
public sealed class ColorMap
{
    private static readonly ColorMap[] All =
    [
        new("seismic", (0, 0x00004c), (0.25, 0x0000ff), (0.5, 0xffffff), (0.75, 0xff0000), (1, 0x800000)),
        new("bwr", (0, 0x0000ff), (0.5, 0xffffff), (1, 0xff0000)),
        new(
            "coldnhot",
            (0, 0x00ffff),
            (0.25, 0x0000ff),
            (0.5, 0x000000),
            (2.0 / 3, 0xff0000),
            (5.0 / 6, 0xffff00),
            (1, 0xffffff)
        ),
        new("grey", (0, 0x000000), (1, 0xffffff)),
        new("reds", (0, 0xffffff), (0.5, 0xff0000), (1, 0x800000)),
        new("hot", (0, 0x000000), (1.0 / 3, 0xff0000), (2.0 / 3, 0xffff00), (1, 0xffffff)),
    ];

    private readonly (double At, Rgb Color)[] _points;

    /// <summary>Creates a colour map that interpolates linearly between points.</summary>
    /// <param name="name">The name of the map.</param>
    /// <param name="points">
    /// The position of each colour, ascending from 0 to 1, and the colour as <c>0xrrggbb</c>.
    /// </param>
    /// <exception cref="ArgumentException">The points do not ascend from 0 to 1.</exception>
    public ColorMap(string name, params (double At, int Hex)[] points)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(points);
        if (
            points.Length < 2
            || points[0].At != 0
            || points[^1].At != 1
            || points.Zip(points.Skip(1)).Any(pair => pair.First.At >= pair.Second.At)
        )
        {
            throw new ArgumentException($"The points of colour map '{name}' must ascend from 0 to 1.", nameof(points));
        }

        Name = name;
        _points = [.. points.Select(point => (point.At, Rgb.Hex(point.Hex)))];
    }

    /// <summary>Dark blue, blue, white, red, dark red: the map of most LRP figures.</summary>
    public static ColorMap Seismic => All[0];

    /// <summary>Blue, white, red.</summary>
    public static ColorMap Bwr => All[1];

    /// <summary>Cyan, blue, black, red, yellow, white: shows small differences on a dark background.</summary>
    public static ColorMap ColdNotHot => All[2];

    /// <summary>Black to white, for inputs or for relevance of a single sign.</summary>
    public static ColorMap Grey => All[3];

    /// <summary>White, red, dark red, for relevance of a single sign on a white background.</summary>
    public static ColorMap Reds => All[4];

    /// <summary>Black, red, yellow, white, for relevance of a single sign on a dark background.</summary>
    public static ColorMap Hot => All[5];

    /// <summary>The names that <see cref="Named"/> accepts.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(map => map.Name)];

    /// <summary>The map's name.</summary>
    public string Name { get; }

    /// <summary>Gets a colour map by its name, in upper or lower case.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="ArgumentException">There is no map with this name.</exception>
    public static ColorMap Named(string name) =>
        All.FirstOrDefault(map => map.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException(
            $"There is no colour map '{name}'; the colour maps are {string.Join(", ", Names)}.",
            nameof(name)
        );

    /// <summary>The colour of a value.</summary>
    /// <param name="value">From 0 to 1; values outside get the colour of the nearest end.</param>
    public Rgb At(double value)
    {
        if (!(value > 0))
        {
            return _points[0].Color;
        }

        for (var i = 1; i < _points.Length; i++)
        {
            if (value <= _points[i].At)
            {
                var (start, from) = _points[i - 1];
                var (end, to) = _points[i];
                return Rgb.Mix(from, to, (value - start) / (end - start));
            }
        }

        return _points[^1].Color;
    }

    /// <summary>The map's name.</summary>
    public override string ToString() => Name;
}
