using static TorchSharp.torch;

namespace Lrp.Attribution.Gradients;

/// <summary>
/// Integrated gradients, (x_i − b_i)·∫₀¹ ∂f/∂x_i(b + α(x − b)) dα, from a baseline b to the input (Sundararajan, Taly
/// and Yan 2017, equation 1).
/// </summary>
/// <remarks>
/// The relevance sums to f(x) − f(b), up to the error of the quadrature. <see
/// cref="AttributionResult.CompletenessErrors"/> gives this error for each sample. Several inputs go the way together;
/// for token ids it leads from the baseline's to the tokens' embedding.
/// </remarks>
public sealed class IntegratedGradients : GradientAttributor
{
    /// <summary>Creates integrated gradients.</summary>
    public IntegratedGradients()
        : base("Integrated gradients") { }

    /// <summary>The number of points on the path.</summary>
    public int Steps { get; init; } = 50;

    /// <summary>The rule that gives the points and their weights.</summary>
    public QuadratureRule Quadrature { get; init; } = QuadratureRule.Midpoint;

    /// <summary>
    /// The baseline b of the one input: of the shape of one sample, or a shape that broadcasts to it; by default zero.
    /// </summary>
    public Tensor? Baseline { get; init; }

    /// <summary>
    /// The baselines of several inputs, in the order of <see cref="AttributionSlice.Inputs"/>; null for zero.
    /// </summary>
    public IReadOnlyList<Tensor?>? Baselines { get; init; }

    /// <summary>
    /// For token ids: the token, such as that of padding or of a mask, whose embedding is the baseline of each token.
    /// By default it is an embedding of zeros.
    /// </summary>
    public long? BaselineToken { get; init; }

    /// <inheritdoc/>
    protected override long PassesPerSample(AttributionSlice slice) => Steps + 2;

    /// <inheritdoc/>
    protected override void CheckOptions(AttributionSlice slice)
    {
        _ = Gradients.Quadrature.Nodes(Quadrature, Steps);
        _ = BaselineValue.For(slice, Baseline, Baselines, BaselineToken);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<Tensor> Explain(AttributionSlice slice)
    {
        var nodes = Gradients.Quadrature.Nodes(Quadrature, Steps);
        var explained = slice.ExplainedOfInputs();
        var baselines = BaselineValue.For(slice, Baseline, Baselines, BaselineToken);
        Tensor[] ways = [.. slice.Inputs.Zip(baselines, (input, baseline) => input - baseline)];
        Tensor[] means = [.. slice.Inputs.Select(input => zeros_like(input))];
        foreach (var some in nodes.Chunk((int)Math.Min(slice.CopiesPerPass, int.MaxValue)))
        {
            using var scope = NewDisposeScope();
            var copies = ways.Select(
                (way, j) =>
                    (
                        baselines[j].unsqueeze(0) + (PerCopy(some.Select(node => node.Point), way) * way.unsqueeze(0))
                    ).flatten(0, 1)
            );
            var gradients = slice.GradientsAt([.. copies]);
            for (var j = 0; j < means.Length; j++)
            {
                var weights = PerCopy(some.Select(node => node.Weight), ways[j]);
                means[j].add_((weights * gradients[j].reshape([some.Length, .. ways[j].shape])).sum(0L));
            }
        }

        Tensor[] relevance = [.. ways.Zip(means, (way, mean) => way * mean)];
        var difference = explained - slice.ExplainedOf(baselines);
        var sums = relevance.Select(one => one.flatten(1).sum(1)).Aggregate((sum, next) => sum + next);
        foreach (var error in (sums - difference).to(ScalarType.Float64).cpu().data<double>().ToArray())
        {
            slice.CompletenessErrors.Add(error);
        }

        return relevance;
    }

    /// <summary>One number per copy, shaped to broadcast to (copies, n, …).</summary>
    private static Tensor PerCopy(IEnumerable<double> values, Tensor input)
    {
        double[] numbers = [.. values];
        long[] shape = [numbers.Length, .. Enumerable.Repeat(1L, (int)input.dim())];
        return tensor(numbers, dtype: input.dtype, device: input.device).reshape(shape);
    }
}
