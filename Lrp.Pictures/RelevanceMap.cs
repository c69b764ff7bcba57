using static TorchSharp.torch;

namespace Lrp.Pictures;

/// <summary>A matrix of numbers in managed memory, from which heatmaps and pictures are drawn.</summary>
internal sealed class RelevanceMap
{
    private readonly double[] _values;

    public RelevanceMap(double[] values, int width, int height)
    {
        _values = values;
        Width = width;
        Height = height;
    }

    public int Width { get; }

    public int Height { get; }

    public ReadOnlySpan<double> Values => _values;

    public double this[int x, int y] => _values[(y * Width) + x];

    public static RelevanceMap FromArray(double[,] values) =>
        new([.. values.Cast<double>()], values.GetLength(1), values.GetLength(0));

    /// <summary>Creates a map from (H, W), or from (C, H, W) with the relevance of the channels summed.</summary>
    public static RelevanceMap FromTensor(Tensor relevance)
    {
        ArgumentNullException.ThrowIfNull(relevance);
        using var scope = NewDisposeScope();
        var map = relevance.dim() switch
        {
            2 => relevance.detach(),
            3 => relevance.detach().to(ScalarType.Float64).sum(0L),
            _ => throw new ArgumentException(
                $"A heatmap needs (height, width) or (channels, height, width); this tensor has the shape "
                    + $"[{string.Join(", ", relevance.shape)}]."
                    + (relevance.dim() == 4 ? " For a batch use Heatmap.RenderBatch." : string.Empty),
                nameof(relevance)
            ),
        };
        return new RelevanceMap(ToArray(map), checked((int)map.shape[1]), checked((int)map.shape[0]));
    }

    public static double[] ToArray(Tensor tensor)
    {
        if (tensor.numel() == 0)
        {
            throw new ArgumentException(
                $"There is nothing to draw: the tensor has the shape [{string.Join(", ", tensor.shape)}].",
                nameof(tensor)
            );
        }

        using var scope = NewDisposeScope();
        return tensor.detach().to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
    }
}
