using Lrp.Pictures;

namespace Lrp.Analysis.Information;

/// <summary>Words coloured by σ: dark is what the state knows, light what it has forgotten.</summary>
public sealed class InformationPicture
{
    private readonly IReadOnlyList<string> _words;
    private readonly IReadOnlyList<(string Layer, double[] Sigma)> _rows;

    /// <summary>A picture of one state.</summary>
    /// <param name="words">The words.</param>
    /// <param name="sigma">σ a word.</param>
    public InformationPicture(IReadOnlyList<string> words, IReadOnlyList<double> sigma)
        : this(words, [(string.Empty, sigma)])
    {
    }

    /// <summary>A picture of several states, a row each, on one scale.</summary>
    /// <param name="words">The words.</param>
    /// <param name="rows">The states' names, and σ a word.</param>
    public InformationPicture(IReadOnlyList<string> words, IReadOnlyList<(string Layer, IReadOnlyList<double> Sigma)> rows)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(rows);
        foreach ((string layer, IReadOnlyList<double> sigma) in rows)
        {
            if (sigma.Count != words.Count)
            {
                throw new ArgumentException($"There are {words.Count} words, and {sigma.Count} numbers for '{layer}'; one a word is expected.");
            }
        }

        if (rows.Count == 0 || words.Count == 0)
        {
            throw new ArgumentException("There is nothing to draw: no words, or no states.");
        }

        _words = words;
        _rows = [.. rows.Select(row => (row.Layer, row.Sigma.ToArray()))];
    }

    private static HeatmapOptions Options { get; } = HeatmapOptions.Default with
    {
        ColorMap = new ColorMap("information", (0, 0x0b3c5d), (0.5, 0x7fb3cf), (1, 0xffffff)),
        Range = HeatmapRange.Positive,
    };

    /// <summary>The picture: a row a state, a cell a word with the word in it.</summary>
    public Picture ToPicture()
    {
        double[] values = [.. _rows.SelectMany(row => row.Sigma)];
        int columns = _words.Count;
        double[,] cells = new double[_rows.Count, columns];
        for (int i = 0; i < values.Length; i++)
        {
            cells[i / columns, i % columns] = values[i];
        }

        Picture colors = Heatmap.Render(cells, Options);
        return WordGrid.Draw(_words, [.. _rows.Select(row => row.Layer)], colors);
    }

    /// <summary>The words as HTML, a line a state.</summary>
    public string ToHtml() => string.Join("<br>\n", Lines(TextHeatmap.ToHtml, System.Net.WebUtility.HtmlEncode));

    /// <summary>The words for a terminal, a line a state.</summary>
    public string ToAnsi() => string.Join('\n', Lines(TextHeatmap.ToAnsi, text => new string([.. (text ?? string.Empty).Where(character => !char.IsControl(character))])));

    private IEnumerable<string> Lines(
        Func<IReadOnlyList<string>, IReadOnlyList<double>, HeatmapOptions?, string> line, Func<string?, string?> encode)
    {
        // An empty word of the largest σ at each line's end gives all lines one scale.
        double largest = _rows.Max(row => row.Sigma.Max());
        int width = _rows.Max(row => row.Layer.Length);
        foreach ((string layer, double[] sigma) in _rows)
        {
            string label = width == 0 ? string.Empty : encode(layer.PadRight(width)) + "  ";
            yield return label + line([.. _words.Select(word => word + " "), string.Empty], [.. sigma, largest], Options);
        }
    }
}
