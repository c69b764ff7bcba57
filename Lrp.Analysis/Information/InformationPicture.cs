using Lrp.Pictures;

namespace Lrp.Analysis.Information;

/// <summary>Draws words coloured by σ: dark where the state depends on the word, light where it does not.</summary>
public sealed class InformationPicture
{
    private readonly IReadOnlyList<string> _words;
    private readonly IReadOnlyList<(string Layer, double[] Sigma)> _rows;

    /// <summary>Creates a picture of one state.</summary>
    /// <param name="words">The words.</param>
    /// <param name="sigma">One σ per word.</param>
    public InformationPicture(IReadOnlyList<string> words, IReadOnlyList<double> sigma)
        : this(words, [(string.Empty, sigma)]) { }

    /// <summary>Creates a picture of several states, one row per state, with a common scale.</summary>
    /// <param name="words">The words.</param>
    /// <param name="rows">The states' names, and one σ per word.</param>
    public InformationPicture(
        IReadOnlyList<string> words,
        IReadOnlyList<(string Layer, IReadOnlyList<double> Sigma)> rows
    )
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(rows);
        foreach (var (layer, sigma) in rows)
        {
            if (sigma.Count != words.Count)
            {
                throw new ArgumentException(
                    $"There are {words.Count} words, but {sigma.Count} numbers for '{layer}'; give one per word."
                );
            }
        }

        if (rows.Count == 0 || words.Count == 0)
        {
            throw new ArgumentException("There is nothing to draw: no words, or no states.");
        }

        _words = words;
        _rows = [.. rows.Select(row => (row.Layer, row.Sigma.ToArray()))];
    }

    private static HeatmapOptions Options { get; } =
        HeatmapOptions.Default with
        {
            ColorMap = new ColorMap("information", (0, 0x0b3c5d), (0.5, 0x7fb3cf), (1, 0xffffff)),
            Range = HeatmapRange.Positive,
        };

    /// <summary>Draws one row per state, with one cell per word that contains the word.</summary>
    public Picture ToPicture()
    {
        double[] values = [.. _rows.SelectMany(row => row.Sigma)];
        var columns = _words.Count;
        var cells = new double[_rows.Count, columns];
        for (var i = 0; i < values.Length; i++)
        {
            cells[i / columns, i % columns] = values[i];
        }

        var colors = Heatmap.Render(cells, Options);
        return WordGrid.Draw(_words, [.. _rows.Select(row => row.Layer)], colors);
    }

    /// <summary>The words as HTML, one line per state.</summary>
    public string ToHtml() => string.Join("<br>\n", Lines(TextHeatmap.ToHtml, System.Net.WebUtility.HtmlEncode));

    /// <summary>The words for a terminal, one line per state.</summary>
    public string ToAnsi() =>
        string.Join(
            '\n',
            Lines(
                TextHeatmap.ToAnsi,
                text => new string([.. (text ?? string.Empty).Where(character => !char.IsControl(character))])
            )
        );

    private IEnumerable<string> Lines(
        Func<IReadOnlyList<string>, IReadOnlyList<double>, HeatmapOptions?, string> line,
        Func<string?, string?> encode
    )
    {
        // An empty word with the largest σ at the end of each line gives all lines the same scale.
        var largest = _rows.Max(row => row.Sigma.Max());
        var width = _rows.Max(row => row.Layer.Length);
        foreach (var (layer, sigma) in _rows)
        {
            var label = width == 0 ? string.Empty : encode(layer.PadRight(width)) + "  ";
            yield return label
                + line([.. _words.Select(word => word + " "), string.Empty], [.. sigma, largest], Options);
        }
    }
}
