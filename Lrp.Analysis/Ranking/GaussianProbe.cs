using Lrp.Analysis.Probes;
using Microsoft.Extensions.Logging;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Analysis.Ranking;

/// <summary>
/// A Gaussian a class over all neurons, of which any subset can be asked without training anew: its marginal is the
/// Gaussian of the subset.
/// </summary>
/// <remarks>
/// Torroba Hennigen, Williams and Cotterell, "Intrinsic probing through dimension selection", EMNLP 2020; prior and posterior
/// as NeuroX has them. Neurons are chosen greedily by mutual information. All candidates of a step are scored at once: given
/// those chosen so far, a candidate adds a one-dimensional Gaussian, whose mean and variance the Schur complement gives.
/// </remarks>
public sealed class GaussianProbe : IDisposable
{
    private const int ElementsAtOnce = 1 << 23;

    private readonly Tensor _means;
    private readonly Tensor _covariances;
    private readonly Tensor _logPrior;
    private readonly Tensor _activations;
    private readonly Tensor _labels;

    /// <summary>Fits the Gaussians.</summary>
    /// <param name="activations">(rows, neurons).</param>
    /// <param name="labels">(rows), class numbers from 0; each class with two rows at least.</param>
    /// <exception cref="ArgumentException">The data is empty, has NaN, or a class has fewer than two rows.</exception>
    public GaussianProbe(Tensor activations, Tensor labels)
    {
        ProbeData.CheckActivations(activations);
        ProbeData.CheckRows(activations, labels);
        long classes = ProbeData.CheckClasses(labels, null);
        ProbeData.CheckTwoClasses(labels);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor x = activations.detach().to(ScalarType.Float64);
        Tensor y = labels.to(activations.device).to(ScalarType.Int64);
        long neurons = x.shape[1];
        var means = new List<Tensor>();
        var covariances = new List<Tensor>();
        var shares = new List<double>();
        for (long label = 0; label < classes; label++)
        {
            Tensor rows = x.index_select(0, y.eq(label).nonzero().squeeze(1));
            long count = rows.shape[0];
            if (count < 2)
            {
                throw new ArgumentException($"Class {label} has {count} rows; a covariance needs two at least.");
            }

            // Inverse Wishart: the prior is the diagonal of the class's covariance, with neurons + 2 degrees of freedom.
            Tensor sample = rows.t().cov().reshape(neurons, neurons);
            Tensor covariance = ((sample * (count - 1)) + sample.diagonal().diag()) / ((neurons + 2) + count + neurons + 2);
            double smallest = linalg.eigvalsh(covariance).min().ToDouble();
            if (smallest < 0)
            {
                covariance = covariance - (eye(neurons, dtype: ScalarType.Float64, device: x.device) * (smallest * 10));
            }

            // The prior's mean is the empirical one, and so is the posterior's, however strong the prior.
            means.Add(rows.mean([0], keepdim: true));
            covariances.Add(covariance);
            shares.Add((double)count / x.shape[0]);
        }

        _means = cat(means).DetachFromDisposeScope();
        _covariances = stack(covariances).DetachFromDisposeScope();
        _logPrior = tensor(shares.ToArray()).log().to(x.device).DetachFromDisposeScope();
        _activations = x.clone().DetachFromDisposeScope();
        _labels = y.clone().DetachFromDisposeScope();
    }

    /// <summary>How many neurons there are.</summary>
    public long Neurons => _means.shape[1];

    /// <summary>Chooses neurons one after the other, each that which adds most to the mutual information with the labels.</summary>
    /// <param name="count">How many to choose.</param>
    /// <param name="progress">Told after each choice, of the neuron and of the mutual information in bits so far.</param>
    /// <param name="logger">Told of each choice.</param>
    /// <returns>The neurons in the order of their choice.</returns>
    public IReadOnlyList<long> Ordering(int count, IProgress<(long Neuron, double Bits)>? progress = null, ILogger? logger = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Neurons);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        double entropy = (_logPrior.exp() * _logPrior).sum().neg().ToDouble();
        var state = new Conditionals(_activations, _means, _covariances);
        Tensor taken = zeros([Neurons], dtype: ScalarType.Bool, device: _means.device);
        var chosen = new List<long>();
        while (chosen.Count < count)
        {
            using var step = NewDisposeScope();
            Tensor posterior = state.MeanLogPosterior(_labels, _logPrior, ElementsAtOnce);
            (Tensor value, Tensor index) = posterior.masked_fill(taken, double.NegativeInfinity).max(0);
            long neuron = index.ToInt64();
            taken[neuron].fill_(true);
            chosen.Add(neuron);
            state.Add(neuron);
            double bits = (entropy + value.ToDouble()) / Math.Log(2);
            progress?.Report((neuron, bits));
            logger?.LogDebug("Neuron {Neuron}: {Bits:F4} bits with {Count} neurons", neuron, bits, chosen.Count);
        }

        return chosen;
    }

    /// <summary>The classes that some neurons point to.</summary>
    /// <param name="activations">(rows, neurons).</param>
    /// <param name="neurons">The neurons to read; null for all.</param>
    /// <returns>(rows), Int64.</returns>
    public Tensor Predict(Tensor activations, IReadOnlyList<long>? neurons = null)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return (LogLikelihoods(activations, neurons) + _logPrior).argmax(1).MoveToOuterDisposeScope();
    }

    /// <summary>The share of rows that some neurons predict right.</summary>
    /// <param name="activations">(rows, neurons).</param>
    /// <param name="labels">(rows).</param>
    /// <param name="neurons">The neurons to read; null for all.</param>
    public double Accuracy(Tensor activations, Tensor labels, IReadOnlyList<long>? neurons = null)
    {
        ProbeData.CheckRows(activations, labels);
        using var scope = NewDisposeScope();
        return Predict(activations, neurons).eq(labels.to(_means.device).to(ScalarType.Int64)).to(ScalarType.Float64).mean().ToDouble();
    }

    /// <summary>Frees the Gaussians.</summary>
    public void Dispose()
    {
        _means.Dispose();
        _covariances.Dispose();
        _logPrior.Dispose();
        _activations.Dispose();
        _labels.Dispose();
    }

    /// <summary>(rows, classes).</summary>
    private Tensor LogLikelihoods(Tensor activations, IReadOnlyList<long>? neurons)
    {
        ProbeData.CheckActivations(activations);
        if (activations.shape[1] != Neurons)
        {
            throw new ArgumentException($"The probe was fitted to {Neurons} neurons; these activations have {activations.shape[1]}.");
        }

        long[] chosen = neurons is null ? [.. Enumerable.Range(0, (int)Neurons).Select(index => (long)index)] : NeuronList.Check(neurons, Neurons);
        Tensor index = tensor(chosen, dtype: ScalarType.Int64).to(_means.device);
        Tensor x = activations.to(_means.device).to(ScalarType.Float64).index_select(1, index);
        var columns = new List<Tensor>();
        for (long label = 0; label < _means.shape[0]; label++)
        {
            Tensor covariance = _covariances[label].index_select(0, index).index_select(1, index);
            using var normal = distributions.MultivariateNormal(_means[label].index_select(0, index), covariance);
            columns.Add(normal.log_prob(x));
        }

        return stack(columns, 1);
    }
}
