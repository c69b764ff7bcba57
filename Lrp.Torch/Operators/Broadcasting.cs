using static TorchSharp.torch;

namespace Lrp.Torch.Operators;

/// <summary>The shape that several shapes are stretched to when they meet in one operator.</summary>
internal static class Broadcasting
{
    /// <exception cref="ArgumentException">Two extents differ and neither is 1.</exception>
    internal static Size Shape(long[][] shapes)
    {
        var result = new long[shapes.Length == 0 ? 0 : shapes.Max(shape => shape.Length)];
        Array.Fill(result, 1);
        foreach (long[] shape in shapes)
        {
            int offset = result.Length - shape.Length;
            for (int k = 0; k < shape.Length; k++)
            {
                ref long extent = ref result[offset + k];
                if (shape[k] != 1 && extent != 1 && shape[k] != extent)
                {
                    throw new ArgumentException(
                        "broadcast_shapes: the shapes "
                        + string.Join(", ", shapes.Select(s => $"[{string.Join(", ", s)}]"))
                        + $" differ in dimension {k - shape.Length} from the end.",
                        nameof(shapes));
                }

                extent = extent == 1 ? shape[k] : extent;
            }
        }

        return new Size(result);
    }
}
