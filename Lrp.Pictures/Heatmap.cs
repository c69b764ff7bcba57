using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Pictures;

/// <summary>Relevance as pictures.</summary>
public static class Heatmap
{
    /// <summary>Draws the relevance of one input.</summary>
    /// <param name="relevance">(height, width), or (channels, height, width), whose channels are summed; any element type and device.</param>
    /// <param name="options">Colours and scale.</param>
    /// <returns>A picture of width x height squares of <see cref="HeatmapOptions.PixelSize"/> pixels.</returns>
    /// <exception cref="ArgumentException">The tensor has another number of dimensions.</exception>
    public static Picture Render(Tensor relevance, HeatmapOptions? options = null) =>
        Render([RelevanceMap.FromTensor(relevance)], options)[0];

    /// <summary>Draws numbers in rows and columns.</summary>
    /// <param name="relevance">The rows from the top, in each the columns from the left.</param>
    /// <param name="options">Colours and scale.</param>
    public static Picture Render(double[,] relevance, HeatmapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(relevance);
        return Render([RelevanceMap.FromArray(relevance)], options)[0];
    }

    /// <summary>Draws the relevance of a batch of inputs, a picture each.</summary>
    /// <param name="relevance">(samples, height, width) or (samples, channels, height, width).</param>
    /// <param name="options">Colours and scale; with <see cref="HeatmapOptions.SharedScale"/> one scale for all.</param>
    public static IReadOnlyList<Picture> RenderBatch(Tensor relevance, HeatmapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(relevance);
        if (relevance.dim() is not (3 or 4))
        {
            throw new ArgumentException(
                $"A batch of heatmaps is drawn from (samples, height, width) or (samples, channels, height, width); this tensor has the shape [{string.Join(", ", relevance.shape)}].",
                nameof(relevance));
        }

        using DisposeScope scope = NewDisposeScope();
        return Render([.. relevance.detach().unbind(0).Select(RelevanceMap.FromTensor)], options);
    }

    /// <summary>Draws relevance over the input it belongs to: the input in grey, the colours as strong as the relevance.</summary>
    /// <param name="input">The input as a picture, one pixel a value.</param>
    /// <param name="relevance">(height, width) or (channels, height, width) of the same height and width.</param>
    /// <param name="options">Colours and scale.</param>
    public static Picture Overlay(Picture input, Tensor relevance, HeatmapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Overlay(input, RelevanceMap.FromTensor(relevance), options);
    }

    /// <summary>Draws relevance over the input it belongs to: the input in grey, the colours as strong as the relevance.</summary>
    /// <param name="input">The input as a picture, one pixel a value.</param>
    /// <param name="relevance">Rows of columns, as many as the picture has pixels.</param>
    /// <param name="options">Colours and scale.</param>
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
                $"Relevance of {map.Width} x {map.Height} does not lie over a picture of {input.Width} x {input.Height}; draw the input with one pixel a value.");
        }

        HeatmapScale scale = HeatmapScale.Find(options, [map]);
        var picture = new Picture(map.Width, map.Height);
        for (int y = 0; y < map.Height; y++)
        {
            for (int x = 0; x < map.Width; x++)
            {
                // Faded towards the middle, so that the colours stay the brightest thing in the picture.
                byte grey = (byte)Math.Round(48 + (input[x, y].Luminance * 160));
                picture[x, y] = Rgb.Mix(new Rgb(grey, grey, grey), scale.ColorOf(map[x, y]), Math.Sqrt(scale.StrengthOf(map[x, y])));
            }
        }

        return picture.Enlarge(options.PixelSize);
    }

    private static Picture[] Render(IReadOnlyList<RelevanceMap> maps, HeatmapOptions? options)
    {
        options ??= HeatmapOptions.Default;
        options.Validate();
        HeatmapScale? shared = options.SharedScale ? HeatmapScale.Find(options, maps) : null;
        return [.. maps.Select(map => Draw(map, shared ?? HeatmapScale.Find(options, [map])).Enlarge(options.PixelSize))];
    }

    private static Picture Draw(RelevanceMap map, HeatmapScale scale)
    {
        var picture = new Picture(map.Width, map.Height);
        for (int y = 0; y < map.Height; y++)
        {
            for (int x = 0; x < map.Width; x++)
            {
                picture[x, y] = scale.ColorOf(map[x, y]);
            }
        }

        return picture;
    }
}
