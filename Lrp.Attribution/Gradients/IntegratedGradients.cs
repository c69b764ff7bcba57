using static TorchSharp.torch;

namespace Lrp.Attribution.Gradients;

/// <summary>
/// Integrated gradients, (x_i − b_i)·∫₀¹ ∂f/∂x_i(b + α(x − b)) dα, from a baseline b to the input (Sundararajan, Taly
/// and Yan 2017, equation 1).
/// </summary>
/// <remarks>
/// The relevance sums to f(x) − f(b), up to the error of the quadrature. <see
/// cref="AttributionResult.CompletenessErrors"/> gives this error for each sample.
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
    /// The baseline b: of the shape of one sample, or a shape that broadcasts to it; by default zero.
    /// </summary>
    public Tensor? Baseline { get; init; }

    /// <inheritdoc/>
    protected override long PassesPerSample(Tensor input) => Steps + 2;

    /// <inheritdoc/>
    protected override void CheckOptions(Tensor input)
    {
        _ = Gradients.Quadrature.Nodes(Quadrature, Steps);
        BaselineValue.Check(Baseline, input);
    }

    /// <inheritdoc/>
    protected override Tensor Explain(AttributionSlice slice)
    {
        var nodes = Gradients.Quadrature.Nodes(Quadrature, Steps);
        var baseline = BaselineValue.For(Baseline, slice.Input);
        var way = slice.Input - baseline;
        var mean = zeros_like(slice.Input);
        foreach (var some in nodes.Chunk((int)Math.Min(slice.CopiesPerPass, int.MaxValue)))
        {
            using var scope = NewDisposeScope();
            var points = PerCopy(some.Select(node => node.Point), slice.Input);
            var weights = PerCopy(some.Select(node => node.Weight), slice.Input);
            var copies = (baseline.unsqueeze(0) + (points * way.unsqueeze(0))).flatten(0, 1);
            var gradients = slice.GradientAt(copies).reshape([some.Length, .. slice.Input.shape]);
            mean.add_((weights * gradients).sum(0L));
        }

        var relevance = way * mean;
        var difference = slice.ExplainedOf(slice.Input) - slice.ExplainedOf(baseline);
        var errors = relevance.flatten(1).sum(1) - difference;
        foreach (var error in errors.to(ScalarType.Float64).cpu().data<double>().ToArray())
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
