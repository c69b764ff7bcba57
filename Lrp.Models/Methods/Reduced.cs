using static TorchSharp.torch;

namespace Lrp.Models.Methods;

/// <summary>Gradients of operands that were broadcast.</summary>
internal static class Reduced
{
    /// <summary>
    /// The sum over the dimensions in which an operand was repeated; the tensor itself where in none.
    /// </summary>
    public static Tensor To(Tensor gradient, long[] shape)
    {
        if (gradient.shape.AsSpan().SequenceEqual(shape))
        {
            return gradient;
        }

        var added = (int)gradient.dim() - shape.Length;
        long[] repeated =
        [
            .. Enumerable
                .Range(0, (int)gradient.dim())
                .Where(k => k < added || shape[k - added] != gradient.shape[k])
                .Select(k => (long)k),
        ];
        return gradient.sum(repeated, keepdim: true).view(shape);
    }
}
