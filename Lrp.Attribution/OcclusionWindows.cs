using static TorchSharp.torch;

namespace Lrp.Attribution;

/// <summary>The windows that cover an input, one after the other.</summary>
/// <param name="shape">The input's shape, samples first.</param>
/// <param name="first">The first of the dimensions along which the window moves; the others are covered whole.</param>
/// <param name="window">The window's size along these dimensions.</param>
/// <param name="stride">How far it moves; null for half the window, rounded up.</param>
internal sealed class OcclusionWindows(long[] shape, int first, IReadOnlyList<long> window, IReadOnlyList<long>? stride)
{
    private long[] Sizes => shape[first..(first + window.Count)];

    /// <summary>Windows over the tokens of an embedding, [batch, tokens, dim]; a bag is one token.</summary>
    public static OcclusionWindows OfTokens(long[] shape, long tokens) =>
        shape.Length < 3
            ? new OcclusionWindows(shape, 1, [shape[1]], null)
            : new OcclusionWindows(shape, 1, [Math.Min(tokens, shape[1])], [1]);

    /// <summary>Throws if the windows do not fit.</summary>
    public void Check(Tensor input)
    {
        if (first < 1 || window.Count == 0)
        {
            throw new ArgumentException(
                $"A window over {window.Count} dimensions does not fit samples of shape "
                    + $"[{string.Join(", ", input.shape[1..])}]."
            );
        }

        if (window.Where((size, i) => size < 1 || size > Sizes[i]).Any())
        {
            throw new ArgumentException(
                $"A window of [{string.Join(", ", window)}] does not fit into [{string.Join(", ", Sizes)}]."
            );
        }

        if (
            stride is not null
            && (stride.Count != window.Count || stride.Where((step, i) => step < 1 || step > window[i]).Any())
        )
        {
            throw new ArgumentException(
                $"A stride of [{string.Join(", ", stride)}] does not fit a window of [{string.Join(", ", window)}]: it "
                    + "needs as many numbers, each from 1 to the window's size, so that every element is covered."
            );
        }
    }

    /// <summary>The shape of a mask that broadcasts to the input: 1 where all of a dimension is covered.</summary>
    public long[] MaskShape(Tensor input)
    {
        long[] mask = [.. Enumerable.Repeat(1L, (int)input.dim())];
        Sizes.CopyTo(mask, first);
        return mask;
    }

    /// <summary>How many elements of a sample a window covers.</summary>
    public long Elements(Tensor input) =>
        input[0].NumberOfElements
        / Sizes.Aggregate(1L, (product, size) => product * size)
        * window.Aggregate(1L, (product, size) => product * size);

    /// <summary>True where the windows at some positions cover the input; one more dimension in front.</summary>
    public Tensor Masks(Tensor input, long[][] positions)
    {
        var masks = zeros([positions.Length, .. MaskShape(input)], dtype: ScalarType.Bool, device: input.device);
        for (var i = 0; i < positions.Length; i++)
        {
            var covered = masks.select(0, i);
            for (var k = 0; k < window.Count; k++)
            {
                covered = covered.narrow(first + k, positions[i][k], window[k]);
            }

            covered.fill_(true);
        }

        return masks;
    }

    /// <summary>
    /// The positions of the windows: one per stride, and one at the end, so that every element is covered.
    /// </summary>
    public IEnumerable<long[]> Positions()
    {
        IEnumerable<long[]> positions =
        [
            [],
        ];
        for (var i = 0; i < window.Count; i++)
        {
            var step = stride?[i] ?? ((window[i] + 1) / 2);
            long[] starts = [.. Range(Sizes[i] - window[i], step)];
            positions = positions.SelectMany(before => starts.Select(start => (long[])[.. before, start]));
        }

        return positions;
    }

    private static IEnumerable<long> Range(long last, long step)
    {
        for (long start = 0; start < last; start += step)
        {
            yield return start;
        }

        yield return last;
    }
}
