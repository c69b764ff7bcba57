using static TorchSharp.torch;

namespace Lrp.Attribution.Evaluation;

/// <summary>In which order the parts of each sample are removed; parts of the same relevance in random order.</summary>
internal sealed class RemovalOrder
{
    /// <summary>The rank of a part that is never removed.</summary>
    public const long Never = long.MaxValue;

    private readonly double[][] _scores;
    private readonly bool[]? _kept;
    private readonly int _seed;

    /// <summary>Reads the relevance of the parts.</summary>
    /// <param name="relevance">Float64, samples along the first dimension.</param>
    /// <param name="seed">The seed of the random order.</param>
    /// <param name="kept">True for the parts that are never removed, of the same shape; null for none.</param>
    /// <exception cref="ArgumentException">The relevance is not finite.</exception>
    public RemovalOrder(Tensor relevance, int seed, Tensor? kept = null)
    {
        var all = relevance.contiguous().cpu().data<double>().ToArray();
        if (!all.All(double.IsFinite))
        {
            throw new ArgumentException("The relevance contains NaN or infinity, so it cannot be ordered.");
        }

        _scores = [.. all.Chunk(all.Length / (int)relevance.shape[0])];
        _kept = kept?.to(ScalarType.Bool).contiguous().cpu().data<bool>().ToArray();
        _seed = seed;
    }

    /// <summary>How many parts of a sample can be removed.</summary>
    public long Removable(long sample)
    {
        var parts = _scores[sample].Length;
        return parts - (_kept?.AsSpan((int)sample * parts, parts).Count(true) ?? 0);
    }

    /// <summary>The position of each part in the order of removal, from 0.</summary>
    /// <param name="first">The number of the first sample.</param>
    /// <param name="count">The number of samples.</param>
    /// <param name="descending">Whether the most relevant parts go first.</param>
    /// <returns>Int64, of shape (count, parts).</returns>
    public Tensor Ranks(long first, long count, bool descending)
    {
        var parts = _scores[0].Length;
        var ranks = new long[count * parts];
        for (var sample = 0; sample < count; sample++)
        {
            var own = _scores[first + sample];
            int[] order = [.. Enumerable.Range(0, parts)];
            var random = new Random(
                unchecked((int)((_seed * 1_000_003L) + (2 * (first + sample)) + (descending ? 1 : 0)))
            );
            random.Shuffle(order);
            var sorted = descending ? order.OrderByDescending(part => own[part]) : order.OrderBy(part => own[part]);
            var place = 0L;
            foreach (var part in sorted)
            {
                var isKept = _kept?[((first + sample) * parts) + part] == true;
                ranks[(sample * parts) + part] = isKept ? Never : place++;
            }
        }

        return tensor(ranks).reshape(count, parts);
    }
}
