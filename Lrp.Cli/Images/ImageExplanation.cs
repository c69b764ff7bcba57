using Lrp.Pictures;
using static TorchSharp.torch;

namespace Lrp.Cli.Images;

/// <summary>A map of relevance over a photograph.</summary>
internal sealed class ImageExplanation
{
    private static readonly HeatmapOptions Options = new() { ClipPercentile = 99.5 };

    /// <summary>Takes relevance as a method gives it.</summary>
    /// <param name="subject">What is explained.</param>
    /// <param name="method">The method's name.</param>
    /// <param name="layer">The layer whose output it is about; null for the pixels.</param>
    /// <param name="relevance">C × H × W; channels are summed.</param>
    public ImageExplanation(ImageSubject subject, string method, string? layer, Tensor relevance)
    {
        using var scope = NewDisposeScope();
        (Subject, Method, Layer) = (subject, method, layer);
        (Height, Width) = ((int)relevance.shape[1], (int)relevance.shape[2]);
        Relevance = [.. relevance.detach().sum([0L]).to(ScalarType.Float64).cpu().contiguous().data<double>()];
    }

    /// <summary>What is explained.</summary>
    public ImageSubject Subject { get; }

    /// <summary>The method's name.</summary>
    public string Method { get; }

    /// <summary>The layer whose output it is about; null for the pixels.</summary>
    public string? Layer { get; }

    /// <summary>The height of the map.</summary>
    public int Height { get; }

    /// <summary>The width of the map.</summary>
    public int Width { get; }

    /// <summary>One number for each place, row by row.</summary>
    public double[] Relevance { get; }

    /// <summary>The sum of all relevance.</summary>
    public double Sum => Relevance.Sum();

    /// <summary>
    /// What makes the map doubtful; null for nothing, and for methods that do not distribute the score.
    /// </summary>
    public string? Doubt =>
        Layer is null && ImageMethods.Named(Method).Distributes ? MapDoubts.Of(Method, Relevance, Subject.Score) : null;

    /// <summary>The map, H × W.</summary>
    public Tensor ToTensor() => tensor(Relevance).view(Height, Width);

    /// <summary>The map in colours, in the size of the photograph.</summary>
    public Picture ToHeatmap()
    {
        using var map = ToTensor();
        var factor = Math.Max(1, Subject.Photo.Width / Width);
        var drawn = Heatmap.Render(map, Options with { PixelSize = factor });
        return drawn.Width == Subject.Photo.Width && drawn.Height == Subject.Photo.Height
            ? drawn
            : drawn.Resize(Subject.Photo.Width, Subject.Photo.Height);
    }

    /// <summary>The map summed over cells of a coarser grid.</summary>
    /// <param name="height">The number of rows, at most <see cref="Height"/>.</param>
    /// <param name="width">The number of columns, at most <see cref="Width"/>.</param>
    /// <returns>The sums, row by row.</returns>
    public double[] Coarse(int height, int width)
    {
        var cells = new double[height * width];
        for (var k = 0; k < Relevance.Length; k++)
        {
            var (row, column) = (k / Width * height / Height, k % Width * width / Width);
            cells[(row * width) + column] += Relevance[k];
        }

        return cells;
    }
}
