using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Composites.Attributors;

/// <summary>Integrated gradients, (x_i − b_i)·∫₀¹ ∂f/∂x_i(b + α(x − b)) dα, from a baseline b to the input (Sundararajan, Taly and Yan 2017, equation 1).</summary>
/// <remarks>The relevance sums to f(x) − f(b) up to the error of the quadrature, which <see cref="Attribution.CompletenessErrors"/> tells for each sample.</remarks>
public sealed class IntegratedGradients : GradientAttributor
{
    /// <summary>Integrated gradients.</summary>
    public IntegratedGradients()
        : base("Integrated gradients")
    {
    }

    /// <summary>How many points of the path are taken.</summary>
    public int Steps { get; init; } = 50;

    /// <summary>Which points they are and what each weighs.</summary>
    public QuadratureRule Quadrature { get; init; } = QuadratureRule.Midpoint;

    /// <summary>The baseline b: of the shape of one sample, or any that broadcasts to it; zero unless told.</summary>
    public Tensor? Baseline { get; init; }

    internal override long PassesPerSample(Tensor input) => Steps + 2;

    internal override void CheckOptions(Tensor input)
    {
        _ = Attributors.Quadrature.Nodes(Quadrature, Steps);
        BaselineValue.Check(Baseline, input);
    }

    internal override Tensor Explain(AttributionSlice slice)
    {
        IReadOnlyList<(double Point, double Weight)> nodes = Attributors.Quadrature.Nodes(Quadrature, Steps);
        Tensor baseline = BaselineValue.For(Baseline, slice.Input);
        Tensor way = slice.Input - baseline;
        Tensor mean = zeros_like(slice.Input);
        foreach ((double Point, double Weight)[] some in nodes.Chunk((int)Math.Min(slice.CopiesPerPass, int.MaxValue)))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor points = PerCopy(some.Select(node => node.Point), slice.Input);
            Tensor weights = PerCopy(some.Select(node => node.Weight), slice.Input);
            Tensor copies = (baseline.unsqueeze(0) + (points * way.unsqueeze(0))).flatten(0, 1);
            Tensor gradients = slice.GradientAt(copies).reshape([some.Length, .. slice.Input.shape]);
            mean.add_((weights * gradients).sum(0L));
        }

        Tensor relevance = way * mean;
        Tensor difference = slice.ExplainedOf(slice.Input) - slice.ExplainedOf(baseline);
        Tensor errors = relevance.flatten(1).sum(1) - difference;
        slice.CompletenessErrors.AddRange(errors.to(ScalarType.Float64).cpu().data<double>().ToArray());
        return relevance;
    }

    /// <summary>One number a copy, shaped to meet (copies, n, …).</summary>
    private static Tensor PerCopy(IEnumerable<double> values, Tensor input)
    {
        double[] numbers = [.. values];
        long[] shape = [numbers.Length, .. Enumerable.Repeat(1L, (int)input.dim())];
        return tensor(numbers, dtype: input.dtype, device: input.device).reshape(shape);
    }
}
