using static TorchSharp.torch;

namespace Lrp.Attribution;

/// <summary>
/// Occlusion: how much the output falls when a window of the input is covered, f(x) − f(x with the window covered)
/// (Zeiler and Fergus 2014). Each element of a window gets an equal part of its fall; an element's relevance is the
/// mean of its parts over the windows that cover it.
/// </summary>
/// <remarks>
/// <para>
/// The parts of a window sum to its fall, so relevance has the scale of the output. Where the windows do not overlap,
/// its sum is the sum of all falls: f(x) − f(baseline) for a linear model; for others it may differ.
/// </para>
/// <para>It needs no gradient, so it works with any model. It costs one forward pass per window.</para>
/// </remarks>
public sealed class Occlusion : Attributor
{
    /// <summary>Creates an occlusion method.</summary>
    public Occlusion()
        : base("Occlusion") { }

    /// <summary>
    /// The window's size along the last dimensions: for images, height and width. All channels are covered together.
    /// </summary>
    public IReadOnlyList<long> Window { get; init; } = [4, 4];

    /// <summary>
    /// How far the window moves along each of those dimensions; by default half the window, rounded up.
    /// </summary>
    public IReadOnlyList<long>? Stride { get; init; }

    /// <summary>
    /// The values that cover the window: of the shape of one sample, or a shape that broadcasts to it; by default zero.
    /// </summary>
    public Tensor? Baseline { get; init; }

    /// <inheritdoc/>
    protected override long PassesPerSample(Tensor input) => Positions(input).LongCount() + 1;

    /// <inheritdoc/>
    protected override void CheckOptions(Tensor input)
    {
        if (Window.Count == 0 || Window.Count > input.dim() - 1)
        {
            throw new ArgumentException(
                $"A window over {Window.Count} dimensions does not fit samples of shape "
                    + $"[{string.Join(", ", input.shape[1..])}]."
            );
        }

        var sizes = Sizes(input);
        if (Window.Where((size, i) => size < 1 || size > sizes[i]).Any())
        {
            throw new ArgumentException(
                $"A window of [{string.Join(", ", Window)}] does not fit into [{string.Join(", ", sizes)}]."
            );
        }

        if (
            Stride is not null
            && (Stride.Count != Window.Count || Stride.Where((step, i) => step < 1 || step > Window[i]).Any())
        )
        {
            throw new ArgumentException(
                $"A stride of [{string.Join(", ", Stride)}] does not fit a window of [{string.Join(", ", Window)}]: it "
                    + "needs as many numbers, each from 1 to the window's size, so that every element is covered."
            );
        }

        BaselineValue.Check(Baseline, input);
    }

    /// <inheritdoc/>
    protected override Tensor Explain(AttributionSlice slice)
    {
        var baseline = BaselineValue.For(Baseline, slice.Input);
        var whole = slice.ExplainedOf(slice.Input);
        var sizes = Sizes(slice.Input);
        long[] broadcast = [.. Enumerable.Repeat(1L, (int)slice.Input.dim() - sizes.Length)];
        var elements =
            slice.Input[0].NumberOfElements
            / sizes.Aggregate(1L, (product, size) => product * size)
            * Window.Aggregate(1L, (product, size) => product * size);
        var sum = zeros_like(slice.Input);
        var covered = zeros([.. broadcast, .. sizes], dtype: slice.Input.dtype, device: slice.Input.device);
        foreach (var some in Positions(slice.Input).Chunk((int)Math.Min(slice.CopiesPerPass, int.MaxValue)))
        {
            using var scope = NewDisposeScope();
            var masks = zeros(
                [some.Length, .. broadcast, .. sizes],
                dtype: ScalarType.Bool,
                device: slice.Input.device
            );
            for (var i = 0; i < some.Length; i++)
            {
                var window = masks.select(0, i);
                for (var dimension = 0; dimension < sizes.Length; dimension++)
                {
                    window = window.narrow(broadcast.Length + dimension, some[i][dimension], Window[dimension]);
                }

                window.fill_(true);
            }

            var copies = where(masks, baseline.unsqueeze(0), slice.Input.unsqueeze(0)).flatten(0, 1);
            var fall = whole.unsqueeze(0) - slice.ExplainedOf(copies).reshape(some.Length, slice.Samples);
            long[] perSample = [some.Length, slice.Samples, .. Enumerable.Repeat(1L, (int)slice.Input.dim() - 1)];
            var shares = masks.to(slice.Input.dtype);
            sum.add_((fall.reshape(perSample) * shares).sum(0L));
            covered.add_(shares.sum(0L));
        }

        return sum.div_(covered.mul_(elements));
    }

    private long[] Sizes(Tensor input) => input.shape[^Window.Count..];

    /// <summary>
    /// The positions of the windows: one per stride, and one at the end, so that every element is covered.
    /// </summary>
    private IEnumerable<long[]> Positions(Tensor input)
    {
        var sizes = Sizes(input);
        IEnumerable<long[]> positions =
        [
            [],
        ];
        for (var i = 0; i < sizes.Length; i++)
        {
            var step = Stride?[i] ?? ((Window[i] + 1) / 2);
            var last = sizes[i] - Window[i];
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
