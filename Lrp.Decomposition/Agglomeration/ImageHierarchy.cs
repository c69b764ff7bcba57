using Lrp.Pictures;

namespace Lrp.Decomposition.Agglomeration;

/// <summary>Draws a hierarchy of image regions: one panel per step, each region in the colour of its score.</summary>
public static class ImageHierarchy
{
    private const double Ink = 0.45;

    /// <summary>Draws one picture per step.</summary>
    /// <param name="tree">A tree of an image.</param>
    /// <param name="input">The image: of the size of the explained one, or a whole multiple of it.</param>
    /// <param name="explained">
    /// Computes the score to draw from the class scores; the explained class's score when left out.
    /// </param>
    /// <param name="colors">Colours from negative scores (0) to positive ones (1); seismic when left out.</param>
    /// <returns>The panels, in the order of the steps; the first shows the single patches.</returns>
    public static IReadOnlyList<Picture> Panels(
        AgglomerationTree tree,
        Picture input,
        Func<IReadOnlyList<double>, double>? explained = null,
        ColorMap? colors = null
    )
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(input);
        var score = explained ?? (scores => scores[tree.Class]);
        var map = colors ?? ColorMap.Seismic;
        return
        [
            .. tree.Steps.Select(
                (step, number) =>
                    number == 0
                        ? Panel(tree, input, step.UnitScores, map)
                        : Panel(
                            tree,
                            input,
                            [
                                .. step.Components.Select(region =>
                                    region == 0 ? double.NaN : score(step.Scores[region])
                                ),
                            ],
                            map
                        )
            ),
        ];
    }

    /// <summary>Draws the image and the panels side by side.</summary>
    /// <param name="tree">A tree of an image.</param>
    /// <param name="input">The image.</param>
    /// <param name="explained">Computes the score to draw from the class scores.</param>
    /// <param name="colors">Colours from negative scores (0) to positive ones (1); seismic when left out.</param>
    /// <returns>A strip that can be saved as PNG or used as a method's heatmap in a report.</returns>
    public static Picture Strip(
        AgglomerationTree tree,
        Picture input,
        Func<IReadOnlyList<double>, double>? explained = null,
        ColorMap? colors = null
    ) => PictureGrid.Arrange([input, .. Panels(tree, input, explained, colors)], columns: tree.Steps.Count + 1);

    private static Picture Panel(AgglomerationTree tree, Picture input, IReadOnlyList<double> values, ColorMap colors)
    {
        var finite = values.Where(double.IsFinite).Select(Math.Abs).ToList();
        var largest = finite.Count == 0 || finite.Max() == 0 ? 1 : finite.Max();
        var side = Math.Max(
            (int)Math.Ceiling((double)input.Width / tree.Columns),
            (int)Math.Ceiling((double)input.Height / tree.Rows)
        );
        var panel = new Picture(input.Width, input.Height);
        for (var y = 0; y < input.Height; y++)
        {
            for (var x = 0; x < input.Width; x++)
            {
                var patch = Math.Min(y / side, tree.Rows - 1) * tree.Columns + Math.Min(x / side, tree.Columns - 1);
                var pixel = input[x, y];
                panel[x, y] = double.IsFinite(values[patch])
                    ? Rgb.Mix(colors.At(0.5 + 0.5 * values[patch] / largest), pixel, Ink)
                    : pixel;
            }
        }

        return panel;
    }
}
