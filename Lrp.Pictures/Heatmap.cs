using static TorchSharp.torch;

namespace Lrp.Pictures;

/// <summary>Draws relevance as pictures.</summary>
public static class Heatmap
{
    /// <summary>Draws the relevance of one input.</summary>
    /// <param name="relevance">
    /// (height, width), or (channels, height, width), whose channels are summed; any element type and device.
    /// </param>
    /// <param name="options">Options of the heatmap; null for the defaults.</param>
    /// <returns>A picture of width x height squares of <see cref="HeatmapOptions.PixelSize"/> pixels.</returns>
    /// <exception cref="ArgumentException">The tensor has a different number of dimensions.</exception>
    public static Picture Render(Tensor relevance, HeatmapOptions? options = null) =>
        Render([RelevanceMap.FromTensor(relevance)], options)[0];

    /// <summary>Draws a matrix of numbers.</summary>
    /// <param name="relevance">The numbers: rows from the top, columns from the left.</param>
    /// <param name="options">Options of the heatmap; null for the defaults.</param>
    public static Picture Render(double[,] relevance, HeatmapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(relevance);
        return Render([RelevanceMap.FromArray(relevance)], options)[0];
    }

    /// <summary>Draws the relevance of a batch of inputs, one picture per input.</summary>
    /// <param name="relevance">(samples, height, width) or (samples, channels, height, width).</param>
    /// <param name="options">
    /// Options of the heatmaps; with <see cref="HeatmapOptions.SharedScale"/> all pictures have the same scale.
    /// </param>
    public static IReadOnlyList<Picture> RenderBatch(Tensor relevance, HeatmapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(relevance);
        if (relevance.dim() is not (3 or 4))
        {
            throw new ArgumentException(
                $"A batch of heatmaps needs (samples, height, width) or (samples, channels, height, "
                    + $"width); this tensor has the shape [{string.Join(", ", relevance.shape)}].",
                nameof(relevance)
            );
        }

        using var scope = NewDisposeScope();
        return Render([.. relevance.detach().unbind(0).Select(RelevanceMap.FromTensor)], options);
    }

    /// <summary>
    /// Draws relevance over its input: the input in grey, with colours that are stronger where relevance is larger.
    /// </summary>
    /// <param name="input">The input as a picture, with one pixel per value.</param>
    /// <param name="relevance">
    /// (height, width) or (channels, height, width), with the picture's height and width.
    /// </param>
    /// <param name="options">Options of the heatmap; null for the defaults.</param>
    public static Picture Overlay(Picture input, Tensor relevance, HeatmapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Overlay(input, RelevanceMap.FromTensor(relevance), options);
    }

    /// <summary>
    /// Draws relevance over its input: the input in grey, with colours that are stronger where relevance is larger.
    /// </summary>
    /// <param name="input">The input as a picture, with one pixel per value.</param>
    /// <param name="relevance">Rows and columns, as many as the picture has pixels.</param>
    /// <param name="options">Options of the heatmap; null for the defaults.</param>
    public static Picture Overlay(Picture input, double[,] relevance, HeatmapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(relevance);
        return Overlay(input, RelevanceMap.FromArray(relevance), options);
    }

    private static Picture Overlay(Picture input, RelevanceMap map, HeatmapOptions? options)
    {
        options ??= HeatmapOptions.Default;
        options.Validate();
        if (map.Width != input.Width || map.Height != input.Height)
        {
            throw new ArgumentException(
                $"Relevance of {map.Width} x {map.Height} does not fit a picture of {input.Width} x "
                    + $"{input.Height}; draw the input with one pixel per value."
            );
        }

        var scale = HeatmapScale.Find(options, [map]);
        var picture = new Picture(map.Width, map.Height);
        for (var y = 0; y < map.Height; y++)
        {
            for (var x = 0; x < map.Width; x++)
            {
                // Grey values near the middle, so that the colours are the brightest part of the picture.
                var grey = (byte)Math.Round(48 + (input[x, y].Luminance * 160));
                picture[x, y] = Rgb.Mix(
                    new Rgb(grey, grey, grey),
                    scale.ColorOf(map[x, y]),
                    Math.Sqrt(scale.StrengthOf(map[x, y]))
                );
            }
        }

        return picture.Enlarge(options.PixelSize);
    }

    private static Picture[] Render(IReadOnlyList<RelevanceMap> maps, HeatmapOptions? options)
    {
        options ??= HeatmapOptions.Default;
        options.Validate();
        HeatmapScale? shared = options.SharedScale ? HeatmapScale.Find(options, maps) : null;
        return
        [
            .. maps.Select(map => Draw(map, shared ?? HeatmapScale.Find(options, [map])).Enlarge(options.PixelSize)),
        ];
    }

    private static Picture Draw(RelevanceMap map, HeatmapScale scale)
    {
        var picture = new Picture(map.Width, map.Height);
        for (var y = 0; y < map.Height; y++)
        {
            for (var x = 0; x < map.Width; x++)
            {
                picture[x, y] = scale.ColorOf(map[x, y]);
            }
        }

        return picture;
    }
}
