using static TorchSharp.torch;

namespace Lrp.Attribution;

/// <summary>The result of an attributor for a batch of inputs.</summary>
public sealed class AttributionResult : IDisposable
{
    private readonly Lazy<double[]> _sums;

    /// <summary>Creates a result.</summary>
    /// <param name="relevance">The relevance, of the input's shape; the result takes ownership of it.</param>
    /// <param name="explained">The explained output of each sample.</param>
    /// <param name="completenessErrors">
    /// For each sample, the sum of the relevance minus the sum that the method guarantees; null for a method without
    /// such a guarantee.
    /// </param>
    public AttributionResult(
        Tensor relevance,
        IReadOnlyList<double> explained,
        IReadOnlyList<double>? completenessErrors = null
    )
    {
        ArgumentNullException.ThrowIfNull(relevance);
        ArgumentNullException.ThrowIfNull(explained);
        Relevance = relevance;
        Explained = explained;
        CompletenessErrors = completenessErrors;
        _sums = new Lazy<double[]>(SumSamples);
    }

    /// <summary>The relevance, of the input's shape, element type and device.</summary>
    public Tensor Relevance { get; }

    /// <summary>The explained output of each sample; for the predicted class, its logit.</summary>
    public IReadOnlyList<double> Explained { get; }

    /// <summary>The sum of each sample's relevance.</summary>
    public IReadOnlyList<double> Sums => _sums.Value;

    /// <summary>
    /// For a method whose relevance should sum to the difference of two outputs, the error of each sample's sum: Σ
    /// relevance − (f(x) − f(baseline)). Null for other methods.
    /// </summary>
    public IReadOnlyList<double>? CompletenessErrors { get; }

    /// <summary>The mean over the samples of Σ relevance / explained output; 1 if relevance is conserved.</summary>
    /// <remarks>
    /// Samples whose explained output is zero are left out; NaN if no sample is left.
    /// </remarks>
    public double Conservation =>
        Sums.Zip(Explained)
            .Where(pair => pair.Second != 0)
            .Select(pair => pair.First / pair.Second)
            .DefaultIfEmpty(double.NaN)
            .Average();

    /// <summary>Frees the relevance.</summary>
    public void Dispose() => Relevance.Dispose();

    private double[] SumSamples()
    {
        using var scope = NewDisposeScope();
        return Relevance.detach().to(ScalarType.Float64).flatten(1).sum(1).cpu().data<double>().ToArray();
    }
}
