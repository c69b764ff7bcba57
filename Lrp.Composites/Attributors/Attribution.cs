using static TorchSharp.torch;

namespace Lrp.Composites.Attributors;

/// <summary>What an attributor found for a batch of inputs.</summary>
public sealed class Attribution : IDisposable
{
    private readonly Lazy<double[]> _sums;

    internal Attribution(Tensor relevance, double[] explained, double[]? completenessErrors)
    {
        Relevance = relevance;
        Explained = explained;
        CompletenessErrors = completenessErrors;
        _sums = new Lazy<double[]>(SumSamples);
    }

    /// <summary>The relevance, of the input's shape, element type and device.</summary>
    public Tensor Relevance { get; }

    /// <summary>The explained output of each sample, for the predicted class its logit.</summary>
    public IReadOnlyList<double> Explained { get; }

    /// <summary>The sum of the relevance of each sample.</summary>
    public IReadOnlyList<double> Sums => _sums.Value;

    /// <summary>
    /// For a method that promises that relevance sums to the difference of two outputs, by how much each sample's sum
    /// misses it: Σ relevance − (f(x) − f(baseline)). Null for a method that promises nothing of the kind.
    /// </summary>
    public IReadOnlyList<double>? CompletenessErrors { get; }

    /// <summary>The mean over the samples of Σ relevance / explained output: 1 where relevance is conserved.</summary>
    /// <remarks>Samples whose explained output is zero have no such share and are left out; NaN where none is left.</remarks>
    public double Conservation =>
        Sums.Zip(Explained).Where(pair => pair.Second != 0).Select(pair => pair.First / pair.Second).DefaultIfEmpty(double.NaN).Average();

    /// <summary>Frees the relevance.</summary>
    public void Dispose() => Relevance.Dispose();

    private double[] SumSamples()
    {
        using var scope = NewDisposeScope();
        return Relevance.detach().to(ScalarType.Float64).flatten(1).sum(1).cpu().data<double>().ToArray();
    }
}
