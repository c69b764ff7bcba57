using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Attribution;

/// <summary>
/// Some samples of the explained batch, and the two computations that methods use: the explained output and the
/// gradient.
/// </summary>
public sealed class AttributionSlice : IDisposable
{
    private readonly nn.Module<Tensor, Tensor> _model;
    private readonly Target _target;
    private readonly long _firstSample;

    // Used across several dispose scopes, so the tensor belongs to the slice and to no dispose scope.
    private Tensor? _weights;
    private Tensor? _explained;

    internal AttributionSlice(nn.Module<Tensor, Tensor> model, Tensor input, Target target, long firstSample)
    {
        _model = model;
        Input = input;
        _target = target;
        _firstSample = firstSample;
    }

    /// <summary>The samples, of shape (n, …).</summary>
    public Tensor Input { get; }

    /// <summary>The number of samples.</summary>
    public long Samples => Input.shape[0];

    /// <summary>
    /// Whether backward starts with the explained output, as for relevance, or with 1, as for a gradient.
    /// </summary>
    internal bool StartsWithOutput { get; init; }

    internal ProgressCounter Counter { get; init; } = new(null, 0);

    internal int ChunkSize { get; init; } = 1;

    /// <summary>Checked before every pass through the model.</summary>
    public CancellationToken CancellationToken { get; internal init; }

    /// <summary>
    /// For a method whose relevance should sum to the difference of two outputs: the error of each sample's sum. The
    /// method adds these errors.
    /// </summary>
    public IList<double> CompletenessErrors { get; } = [];

    /// <summary>How many perturbed copies of the slice go through the model in one pass.</summary>
    public long CopiesPerPass => Math.Max(1, ChunkSize / Samples);

    /// <summary>The explained output of each sample.</summary>
    internal double[] Explained()
    {
        var explained = _explained ?? Remember(ref _explained, ExplainedOf(Input));
        return explained.to(ScalarType.Float64).cpu().data<double>().ToArray();
    }

    /// <summary>Computes the explained output of copies of the samples, without a gradient.</summary>
    /// <param name="copies">Shape (copies · n, …): all samples of the first copy, then all samples of the next.</param>
    /// <returns>Shape (copies · n).</returns>
    public Tensor ExplainedOf(Tensor copies)
    {
        CancellationToken.ThrowIfCancellationRequested();
        var output = Run(copies);
        var explained = Weighted(output, ReferenceEquals(copies, Input));
        Counter.Add(copies.shape[0]);
        return explained;
    }

    /// <summary>Computes the gradient at copies of the samples; with a composite, the relevance.</summary>
    /// <param name="copies">Shape (copies · n, …): all samples of the first copy, then all samples of the next.</param>
    /// <returns>The gradient or relevance, of the same shape.</returns>
    public Tensor GradientAt(Tensor copies)
    {
        CancellationToken.ThrowIfCancellationRequested();
        using var gradients = enable_grad();
        var leaf = copies.detach().clone().requires_grad_();
        var output = Run(leaf);
        var weights = WeightsFor(output.detach(), ReferenceEquals(copies, Input));
        var start = StartsWithOutput ? weights * output.detach() : weights;
        var gradient =
            VectorJacobian.Product(output, leaf, start)
            ?? throw new InvalidOperationException(
                "The model's output does not depend on its input in a differentiable way: forward() may detach, "
                    + "round, or take an argmax."
            );
        if (ReferenceEquals(copies, Input))
        {
            Remember(ref _explained, Weighted(output.detach(), isInput: true));
        }

        Counter.Add(copies.shape[0]);
        return gradient.detach();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _weights?.Dispose();
        _explained?.Dispose();
    }

    private Tensor Run(Tensor copies)
    {
        if (copies.shape[0] % Samples != 0)
        {
            throw new ArgumentException(
                $"{copies.shape[0]} rows are no whole number of copies of the {Samples} samples.",
                nameof(copies)
            );
        }

        var output = _model.call(copies);
        return output.dim() > 0 && output.shape[0] == copies.shape[0]
            ? output
            : throw new InvalidOperationException(
                $"The model turned {copies.shape[0]} samples into an output of shape "
                    + $"[{string.Join(", ", output.shape)}]; the first dimension must be the samples."
            );
    }

    private Tensor Weighted(Tensor output, bool isInput) => (WeightsFor(output, isInput) * output).flatten(1).sum(1);

    /// <summary>
    /// The target is chosen once, for the samples themselves: a perturbed copy is explained for the same class.
    /// </summary>
    /// <param name="output">The output for copies of the samples.</param>
    /// <param name="isInput">Whether the only copy is the samples themselves.</param>
    private Tensor WeightsFor(Tensor output, bool isInput)
    {
        if (_weights is null)
        {
            using var noGradients = no_grad();
            var own = isInput || !_target.IsChosenByOutput ? output.narrow(0, 0, Samples) : Run(Input);
            Remember(ref _weights, _target.WeightsFor(own, _firstSample));
        }

        var weights = _weights!;
        var copies = output.shape[0] / Samples;
        return copies == 1 ? weights : weights.repeat([copies, .. Enumerable.Repeat(1L, (int)weights.dim() - 1)]);
    }

    private static Tensor Remember(ref Tensor? place, Tensor tensor)
    {
        place?.Dispose();
        return place = tensor.alias().DetachFromDisposeScope();
    }
}
