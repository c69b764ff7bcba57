using static TorchSharp.torch;

namespace Lrp.Core.Functions;

/// <summary>Relevance of operands that a function broadcasts.</summary>
internal static class Broadcasting
{
    /// <summary>Whether a shape broadcasts to another one.</summary>
    public static bool Fits(long[] shape, long[] broadcast)
    {
        var missing = broadcast.Length - shape.Length;
        return missing >= 0
            && shape.Zip(broadcast.Skip(missing)).All(pair => pair.First == 1 || pair.First == pair.Second);
    }

    /// <summary>Sums a broadcast result down to the shape of the operand that was broadcast.</summary>
    public static Tensor SumTo(Tensor relevance, long[] shape)
    {
        var given = relevance.shape;
        if (given.AsSpan().SequenceEqual(shape))
        {
            return relevance;
        }

        var missing = given.Length - shape.Length;
        if (missing < 0)
        {
            return relevance.expand(shape);
        }

        var summed = Enumerable
            .Range(0, given.Length)
            .Where(k => k < missing || (shape[k - missing] == 1 && given[k] != 1))
            .Select(k => (long)k)
            .ToArray();
        return relevance.sum(summed, keepdim: true).reshape(shape);
    }
}
