using Lrp.Core.Linear;
using static TorchSharp.torch;

namespace Lrp.Rules;

/// <summary>What the shares of relevance are computed with.</summary>
internal static class Shares
{
    // What epsilon is at least in float16, where less would be nothing.
    private const double LeastHalf = 6e-8;

    /// <summary>R / (z + ε). As in AttnLRP's reference implementation ε is added whatever the sign of z; with ε = 0 there is no share where z is 0.</summary>
    public static Tensor Quotient(Tensor relevance, Tensor z, double epsilon)
    {
        if (epsilon == 0)
            return Stabilizer.Divide(relevance, z, 0);
        return relevance.div(z.add(z.dtype == ScalarType.Float16 ? Math.Max(epsilon, LeastHalf) : epsilon));
    }

    /// <summary>Sums a broadcast result down to the shape of the operand that was broadcast.</summary>
    public static Tensor SumTo(Tensor share, long[] shape)
    {
        var given = share.shape;
        if (given.SequenceEqual(shape))
            return share;
        var lead = given.Length - shape.Length;
        if (lead < 0)
            return share.expand(shape);
        var summed = Enumerable.Range(0, given.Length).Where(k => k < lead || (shape[k - lead] == 1 && given[k] != 1)).Select(k => (long)k).ToArray();
        return share.sum(summed, keepdim: true).reshape(shape);
    }

    /// <summary>Dimensions counted from the front, in order; all of them where none are named.</summary>
    public static long[] Dimensions(long[]? dimensions, long rank) => dimensions is not { Length: > 0 }
        ? [.. Enumerable.Range(0, (int)rank).Select(k => (long)k)]
        : [.. dimensions.Select(d => d < 0 ? d + rank : d).Order()];

    /// <summary>The shape that a reduction over dimensions has when it keeps them.</summary>
    public static long[] Reduced(long[] shape, long[] dimensions) => [.. shape.Select((size, k) => dimensions.Contains(k) ? 1 : size)];
}
