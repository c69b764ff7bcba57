using Lrp.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Composites.Attributors;

/// <summary>A few samples of the batch that is explained, and the two questions that methods ask a model about them.</summary>
internal sealed class AttributionSlice(nn.Module<Tensor, Tensor> model, Tensor input, Target target, long firstSample) : IDisposable
{
    // Asked for again from scope to scope, so they belong to the slice and to no dispose scope.
    private Tensor? _weights;
    private Tensor? _explained;

    /// <summary>The samples, (n, …).</summary>
    public Tensor Input { get; } = input;

    public long Samples => Input.shape[0];

    /// <summary>Whether backward starts with the explained output, as relevance does, or with 1, as a gradient does.</summary>
    public required bool StartsWithOutput { get; init; }

    public required ProgressCounter Counter { get; init; }

    public required int ChunkSize { get; init; }

    public required CancellationToken CancellationToken { get; init; }

    public List<double> CompletenessErrors { get; } = [];

    /// <summary>How many perturbed copies of the slice fit into one pass.</summary>
    public long CopiesPerPass => Math.Max(1, ChunkSize / Samples);

    /// <summary>The explained output of each sample.</summary>
    public double[] Explained()
    {
        Tensor explained = _explained ?? Remember(ref _explained, ExplainedOf(Input));
        return explained.to(ScalarType.Float64).cpu().data<double>().ToArray();
    }

    /// <summary>The explained output of copies of the samples, (copies · n, …) to (copies · n), with no gradient.</summary>
    public Tensor ExplainedOf(Tensor copies)
    {
        CancellationToken.ThrowIfCancellationRequested();
        Tensor output = Run(copies);
        Tensor explained = Weighted(output);
        Counter.Add(copies.shape[0]);
        return explained;
    }

    /// <summary>The gradient, or with a composite the relevance, at copies of the samples, (copies · n, …) each.</summary>
    public Tensor GradientAt(Tensor copies)
    {
        CancellationToken.ThrowIfCancellationRequested();
        using IDisposable gradients = enable_grad();
        Tensor leaf = copies.detach().clone().requires_grad_();
        Tensor output = Run(leaf);
        Tensor weights = WeightsFor(output.detach());
        Tensor start = StartsWithOutput ? weights * output.detach() : weights;
        Tensor gradient = VectorJacobian.Product(output, leaf, start) ?? throw new InvalidOperationException(
            "The model's output does not depend on its input by any differentiable way: forward() may detach, round, or take an argmax.");
        if (ReferenceEquals(copies, Input))
        {
            Remember(ref _explained, Weighted(output.detach()));
        }

        Counter.Add(copies.shape[0]);
        return gradient.detach();
    }

    public void Dispose()
    {
        _weights?.Dispose();
        _explained?.Dispose();
    }

    private Tensor Run(Tensor copies)
    {
        Tensor output = model.call(copies);
        return output.dim() > 0 && output.shape[0] == copies.shape[0] ? output : throw new InvalidOperationException(
            $"The model turned {copies.shape[0]} samples into an output of shape [{string.Join(", ", output.shape)}]; the first dimension must stay the samples.");
    }

    private Tensor Weighted(Tensor output) => (WeightsFor(output) * output).flatten(1).sum(1);

    /// <summary>The target is chosen once, at the samples themselves: a perturbed copy is asked about the same class.</summary>
    private Tensor WeightsFor(Tensor output)
    {
        if (_weights is null)
        {
            using IDisposable noGradients = no_grad();
            Tensor own = output.shape[0] == Samples ? output : Run(Input);
            Remember(ref _weights, target.WeightsFor(own, firstSample));
        }

        Tensor weights = _weights!;
        long copies = output.shape[0] / Samples;
        return copies == 1 ? weights : weights.repeat([copies, .. Enumerable.Repeat(1L, (int)weights.dim() - 1)]);
    }

    private static Tensor Remember(ref Tensor? place, Tensor tensor)
    {
        place?.Dispose();
        return place = tensor.alias().DetachFromDisposeScope();
    }
}
