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
/// <para>
/// It needs no gradient, so it works with any model. It costs one forward pass per window. Of several inputs one is
/// covered at a time. Of token ids the embedding is covered: whole tokens, <see cref="TokenWindow"/> at a time.
/// </para>
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

    /// <summary>For token ids: how many tokens are covered together; the window moves by one token.</summary>
    public long TokenWindow { get; init; } = 1;

    /// <summary>
    /// The values that cover the window: of the shape of one sample, or a shape that broadcasts to it; by default zero.
    /// </summary>
    public Tensor? Baseline { get; init; }

    /// <summary>
    /// The baselines of several inputs, in the order of <see cref="AttributionSlice.Inputs"/>; null for zero.
    /// </summary>
    public IReadOnlyList<Tensor?>? Baselines { get; init; }

    /// <summary>
    /// For token ids: the token, such as that of padding or of a mask, whose embedding covers others. By default it is
    /// an embedding of zeros.
    /// </summary>
    public long? BaselineToken { get; init; }

    /// <inheritdoc/>
    protected override long PassesPerSample(AttributionSlice slice) =>
        Enumerable.Range(0, slice.Inputs.Count).Sum(j => WindowsOf(slice, j).Positions().LongCount()) + 1;

    /// <inheritdoc/>
    protected override void CheckOptions(AttributionSlice slice)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(TokenWindow);
        for (var j = 0; j < slice.Inputs.Count; j++)
        {
            WindowsOf(slice, j).Check(slice.Inputs[j]);
        }

        _ = BaselineValue.For(slice, Baseline, Baselines, BaselineToken);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<Tensor> Explain(AttributionSlice slice)
    {
        var whole = slice.ExplainedOfInputs();
        var baselines = BaselineValue.For(slice, Baseline, Baselines, BaselineToken);
        return [.. slice.Inputs.Select((_, j) => Explain(slice, j, whole, baselines[j]))];
    }

    private Tensor Explain(AttributionSlice slice, int covered, Tensor whole, Tensor baseline)
    {
        var input = slice.Inputs[covered];
        var windows = WindowsOf(slice, covered);
        var sum = zeros_like(input);
        var count = zeros([.. windows.MaskShape(input)], dtype: input.dtype, device: input.device);
        foreach (var some in windows.Positions().Chunk((int)Math.Min(slice.CopiesPerPass, int.MaxValue)))
        {
            using var scope = NewDisposeScope();
            var masks = windows.Masks(input, some);
            var copies = slice.Inputs.Select(
                (other, j) =>
                    j == covered
                        ? where(masks, baseline.unsqueeze(0), input.unsqueeze(0)).flatten(0, 1)
                        : other.repeat([some.Length, .. Enumerable.Repeat(1L, (int)other.dim() - 1)])
            );
            var fall = whole.unsqueeze(0) - slice.ExplainedOf([.. copies]).reshape(some.Length, slice.Samples);
            long[] perSample = [some.Length, slice.Samples, .. Enumerable.Repeat(1L, (int)input.dim() - 1)];
            var shares = masks.to(input.dtype);
            sum.add_((fall.reshape(perSample) * shares).sum(0L));
            count.add_(shares.sum(0L));
        }

        return sum.div_(count.mul_(windows.Elements(input)));
    }

    private OcclusionWindows WindowsOf(AttributionSlice slice, int input)
    {
        var shape = slice.Inputs[input].shape;
        return slice.Explained[input].IsEmbedding
            ? OcclusionWindows.OfTokens(shape, TokenWindow)
            : new OcclusionWindows(shape, shape.Length - Window.Count, Window, Stride);
    }
}
