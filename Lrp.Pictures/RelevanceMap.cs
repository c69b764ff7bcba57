using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Pictures;

/// <summary>Numbers in rows and columns on the managed side: what heatmaps and pictures are drawn from.</summary>
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

    /// <summary>(H, W), or (C, H, W) with the relevance of the channels summed.</summary>
    public static RelevanceMap FromTensor(Tensor relevance)
    {
        ArgumentNullException.ThrowIfNull(relevance);
        using DisposeScope scope = NewDisposeScope();
        Tensor map = relevance.dim() switch
        {
            2 => relevance.detach(),
            3 => relevance.detach().to(ScalarType.Float64).sum(0L),
            _ => throw new ArgumentException(
                $"A heatmap is drawn from (height, width) or (channels, height, width); this tensor has the shape [{string.Join(", ", relevance.shape)}]."
                + (relevance.dim() == 4 ? " For a batch there is Heatmap.RenderBatch." : string.Empty),
                nameof(relevance)),
        };
        return new RelevanceMap(ToArray(map), checked((int)map.shape[1]), checked((int)map.shape[0]));
    }

    public static double[] ToArray(Tensor tensor)
    {
        if (tensor.numel() == 0)
        {
            throw new ArgumentException($"There is nothing to draw: the tensor has the shape [{string.Join(", ", tensor.shape)}].", nameof(tensor));
        }

        using DisposeScope scope = NewDisposeScope();
        return tensor.detach().to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
    }
}
