using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Composites.Attributors;

/// <summary>
/// How much the output falls when a window of the input is covered, f(x) − f(x with the window covered) (Zeiler and Fergus 2014).
/// An element's relevance is the mean over the windows that cover it.
/// </summary>
/// <remarks>It needs no gradient, so it works on any model, and costs a forward pass a window.</remarks>
public sealed class Occlusion : Attributor
{
    /// <summary>Occlusion.</summary>
    public Occlusion()
        : base("Occlusion")
    {
    }

    /// <summary>The window's size along the last dimensions: height and width for images. All channels are covered together.</summary>
    public IReadOnlyList<long> Window { get; init; } = [4, 4];

    /// <summary>How far the window moves along each of those dimensions; half the window, rounded up, unless told.</summary>
    public IReadOnlyList<long>? Stride { get; init; }

    /// <summary>What the window shows: of the shape of one sample, or any that broadcasts to it; zero unless told.</summary>
    public Tensor? Baseline { get; init; }

    internal override long PassesPerSample(Tensor input) => Positions(input).LongCount() + 1;

    internal override void CheckOptions(Tensor input)
    {
        if (Window.Count == 0 || Window.Count > input.dim() - 1)
        {
            throw new ArgumentException($"A window over {Window.Count} dimensions does not lie in samples of shape [{string.Join(", ", input.shape[1..])}].");
        }

        long[] sizes = Sizes(input);
        if (Window.Where((size, i) => size < 1 || size > sizes[i]).Any())
        {
            throw new ArgumentException($"A window of [{string.Join(", ", Window)}] does not fit into [{string.Join(", ", sizes)}].");
        }

        if (Stride is not null && (Stride.Count != Window.Count || Stride.Where((step, i) => step < 1 || step > Window[i]).Any()))
        {
            throw new ArgumentException(
                $"A stride of [{string.Join(", ", Stride)}] with a window of [{string.Join(", ", Window)}]: as many numbers, from 1 to the window's size, are expected, so that no element is left uncovered.");
        }

        BaselineValue.Check(Baseline, input);
    }

    internal override Tensor Explain(AttributionSlice slice)
    {
        Tensor baseline = BaselineValue.For(Baseline, slice.Input);
        Tensor whole = slice.ExplainedOf(slice.Input);
        long[] sizes = Sizes(slice.Input);
        long[] broadcast = [.. Enumerable.Repeat(1L, (int)slice.Input.dim() - sizes.Length)];
        Tensor sum = zeros_like(slice.Input);
        Tensor covered = zeros([.. broadcast, .. sizes], dtype: slice.Input.dtype, device: slice.Input.device);
        foreach (long[][] some in Positions(slice.Input).Chunk((int)Math.Min(slice.CopiesPerPass, int.MaxValue)))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor masks = zeros([some.Length, .. broadcast, .. sizes], dtype: ScalarType.Bool, device: slice.Input.device);
            for (int i = 0; i < some.Length; i++)
            {
                Tensor window = masks.select(0, i);
                for (int dimension = 0; dimension < sizes.Length; dimension++)
                {
                    window = window.narrow(broadcast.Length + dimension, some[i][dimension], Window[dimension]);
                }

                window.fill_(true);
            }

            Tensor copies = where(masks, baseline.unsqueeze(0), slice.Input.unsqueeze(0)).flatten(0, 1);
            Tensor fall = whole.unsqueeze(0) - slice.ExplainedOf(copies).reshape(some.Length, slice.Samples);
            long[] perSample = [some.Length, slice.Samples, .. Enumerable.Repeat(1L, (int)slice.Input.dim() - 1)];
            Tensor shares = masks.to(slice.Input.dtype);
            sum.add_((fall.reshape(perSample) * shares).sum(0L));
            covered.add_(shares.sum(0L));
        }

        return sum.div_(covered);
    }

    private long[] Sizes(Tensor input) => input.shape[^Window.Count..];

    /// <summary>Where windows begin: every stride, and once more at the far end, so that every element is covered.</summary>
    private IEnumerable<long[]> Positions(Tensor input)
    {
        long[] sizes = Sizes(input);
        IEnumerable<long[]> positions = [[]];
        for (int i = 0; i < sizes.Length; i++)
        {
            long step = Stride?[i] ?? ((Window[i] + 1) / 2);
            long last = sizes[i] - Window[i];
            long[] starts = [.. Range(last, step)];
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
