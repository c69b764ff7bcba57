using System.Globalization;
using System.Net;
using System.Text;
using Lrp.Pictures;

namespace Lrp.Decomposition.Agglomeration;

/// <summary>
/// Draws a hierarchy of phrases: the words at the bottom, and each phrase as a box above the words that it joins.
/// </summary>
/// <remarks>
/// The SVG is written directly: ScottPlot draws points over axes, and the boxes in its SVG have no tooltips.
/// </remarks>
public static class TextHierarchy
{
    private const int RowHeight = 30;
    private const int CharacterWidth = 8;
    private const int Padding = 12;
    private const double Darkest = 0.5;

    /// <summary>Draws the tree as an SVG picture.</summary>
    /// <param name="tree">A tree of a text.</param>
    /// <param name="words">The words, one per unit.</param>
    /// <param name="colors">Colours from negative scores (0) to positive ones (1); seismic when left out.</param>
    /// <returns>
    /// An <c>svg</c> element. A box has the colour of the phrase's score; its tooltip shows the score and the
    /// interaction of its parts.
    /// </returns>
    /// <exception cref="ArgumentException">The number of words is not the number of units.</exception>
    public static string ToSvg(AgglomerationTree tree, IReadOnlyList<string> words, ColorMap? colors = null)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(words);
        if (words.Count != tree.Rows * tree.Columns)
        {
            throw new ArgumentException(
                $"The tree has {tree.Rows * tree.Columns} units, but {words.Count} words were given.",
                nameof(words)
            );
        }

        var lefts = new int[words.Count + 1];
        for (var k = 0; k < words.Count; k++)
        {
            lefts[k + 1] = lefts[k] + words[k].Length * CharacterWidth + Padding;
        }

        var heights = new Dictionary<Region, int>(ReferenceEqualityComparer.Instance);
        var tallest = Height(tree.Root, heights);
        var largest = tree.Regions.Max(region => Math.Abs(region.Score));
        var (width, height) = (lefts[^1], (tallest + 1) * RowHeight);
        var svg = new StringBuilder().Append(
            CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" "
                + $"height=\"{height}\" font-family=\"monospace\" font-size=\"13\">\n"
        );
        foreach (var region in tree.Regions)
        {
            Draw(svg, region, heights[region], tallest, lefts, words, largest, colors ?? ColorMap.Seismic);
        }

        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>Draws the tree as an HTML page.</summary>
    /// <param name="tree">A tree of a text.</param>
    /// <param name="words">The words, one per unit.</param>
    /// <param name="title">The page's title.</param>
    /// <param name="colors">Colours from negative scores (0) to positive ones (1); seismic when left out.</param>
    public static string ToHtml(
        AgglomerationTree tree,
        IReadOnlyList<string> words,
        string title,
        ColorMap? colors = null
    )
    {
        var heading = WebUtility.HtmlEncode(title);
        return $"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{heading}</title></head>\n"
            + $"<body style=\"font-family:sans-serif\"><h1>{heading}</h1>\n<div "
            + $"style=\"overflow-x:auto\">\n{ToSvg(tree, words, colors)}</div></body></html>\n";
    }

    private static void Draw(
        StringBuilder svg,
        Region region,
        int height,
        int tallest,
        int[] lefts,
        IReadOnlyList<string> words,
        double largest,
        ColorMap colors
    )
    {
        var (first, last) = (region.Units[0], region.Units[^1]);
        var (x, y) = (lefts[first], (tallest - height) * RowHeight);
        var width = lefts[last + 1] - x - 2;
        var at = largest == 0 ? 0.5 : 0.5 + 0.5 * region.Score / largest;
        var color = colors.At(at);
        var ink = color.Luminance < Darkest ? "#fff" : "#000";
        var text = string.Join(' ', region.Units.Select(unit => words[unit]));
        var note =
            region.Children.Count == 0
                ? $"{text}: {region.Score:g3}"
                : $"{text}: {region.Score:g3}, of which {region.Interaction:g3} from the interaction of its parts";
        svg.Append(CultureInfo.InvariantCulture, $"<g><title>{WebUtility.HtmlEncode(note)}</title>");
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<rect x=\"{x}\" y=\"{y + 2}\" width=\"{width}\" height=\"{RowHeight - 4}\" rx=\"4\" "
                + $"fill=\"{color}\" stroke=\"#888\"/>"
        );
        var label =
            region.Children.Count == 0 ? text : region.Score.ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture);
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<text x=\"{x + width / 2}\" y=\"{y + 20}\" text-anchor=\"middle\" "
                + $"fill=\"{ink}\">{WebUtility.HtmlEncode(label)}</text></g>\n"
        );
    }

    private static int Height(Region region, Dictionary<Region, int> heights)
    {
        var height = region.Children.Count == 0 ? 0 : 1 + region.Children.Max(child => Height(child, heights));
        heights[region] = height;
        return height;
    }
}
