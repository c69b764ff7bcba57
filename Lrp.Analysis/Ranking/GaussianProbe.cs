using Lrp.Analysis.Probes;
using Microsoft.Extensions.Logging;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Analysis.Ranking;

/// <summary>
/// A probe with one Gaussian per class over all neurons. It can use any subset of the neurons without new training,
/// because the marginal of a Gaussian is a Gaussian.
/// </summary>
/// <remarks>
/// Torroba Hennigen, Williams and Cotterell, "Intrinsic probing through dimension selection", EMNLP 2020; prior and
/// posterior as in NeuroX. Neurons are chosen greedily by mutual information. All candidates of a step are scored at
/// once: given the neurons chosen so far, each candidate adds a one-dimensional Gaussian whose mean and variance come
/// from the Schur complement.
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
    /// <param name="labels">(rows), class numbers from 0; each class needs at least two rows.</param>
    /// <exception cref="ArgumentException">
    /// The data is empty or contains NaN, or a class has fewer than two rows.
    /// </exception>
    public GaussianProbe(Tensor activations, Tensor labels)
    {
        ProbeData.CheckActivations(activations);
        ProbeData.CheckRows(activations, labels);
        var classes = ProbeData.CheckClasses(labels, null);
        ProbeData.CheckTwoClasses(labels);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var x = activations.detach().to(ScalarType.Float64);
        var y = labels.to(activations.device).to(ScalarType.Int64);
        var neurons = x.shape[1];
        var means = new List<Tensor>();
        var covariances = new List<Tensor>();
        var shares = new List<double>();
        for (long label = 0; label < classes; label++)
        {
            var rows = x.index_select(0, y.eq(label).nonzero().squeeze(1));
            var count = rows.shape[0];
            if (count < 2)
            {
                throw new ArgumentException($"Class {label} has {count} rows; a covariance needs at least two.");
            }

            // Inverse Wishart: the prior is the diagonal of the class's covariance, with neurons + 2 degrees of
            // freedom.
            var sample = rows.t().cov().reshape(neurons, neurons);
            var covariance =
                ((sample * (count - 1)) + sample.diagonal().diag()) / ((neurons + 2) + count + neurons + 2);
            var smallest = linalg.eigvalsh(covariance).min().ToDouble();
            if (smallest < 0)
            {
                covariance = covariance - (eye(neurons, dtype: ScalarType.Float64, device: x.device) * (smallest * 10));
            }

            // The prior's mean is the empirical mean, and so is the posterior's, however strong the prior is.
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

    /// <summary>The number of neurons.</summary>
    public long Neurons => _means.shape[1];

    /// <summary>
    /// Chooses neurons one after the other, each time the neuron that adds most to the mutual information with the
    /// labels.
    /// </summary>
    /// <param name="count">How many neurons to choose.</param>
    /// <param name="progress">
    /// Receives, after each choice, the neuron and the mutual information so far in bits.
    /// </param>
    /// <param name="logger">Receives a message for each choice.</param>
    /// <returns>The neurons in the order in which they were chosen.</returns>
    public IReadOnlyList<long> Ordering(
        int count,
        IProgress<(long Neuron, double Bits)>? progress = null,
        ILogger? logger = null
    )
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Neurons);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var entropy = (_logPrior.exp() * _logPrior).sum().neg().ToDouble();
        var state = new Conditionals(_activations, _means, _covariances);
        var taken = zeros([Neurons], dtype: ScalarType.Bool, device: _means.device);
        var chosen = new List<long>();
        while (chosen.Count < count)
        {
            using var step = NewDisposeScope();
            var posterior = state.MeanLogPosterior(_labels, _logPrior, ElementsAtOnce);
            var (value, index) = posterior.masked_fill(taken, double.NegativeInfinity).max(0);
            var neuron = index.ToInt64();
            taken[neuron].fill_(true);
            chosen.Add(neuron);
            state.Add(neuron);
            var bits = (entropy + value.ToDouble()) / Math.Log(2);
            progress?.Report((neuron, bits));
            logger?.LogDebug("Neuron {Neuron}: {Bits:F4} bits with {Count} neurons", neuron, bits, chosen.Count);
        }

        return chosen;
    }

    /// <summary>Predicts classes from some neurons.</summary>
    /// <param name="activations">(rows, neurons).</param>
    /// <param name="neurons">The neurons to use; null for all.</param>
    /// <returns>(rows), Int64.</returns>
    public Tensor Predict(Tensor activations, IReadOnlyList<long>? neurons = null)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return (LogLikelihoods(activations, neurons) + _logPrior).argmax(1).MoveToOuterDisposeScope();
    }

    /// <summary>The fraction of rows that some neurons predict correctly.</summary>
    /// <param name="activations">(rows, neurons).</param>
    /// <param name="labels">(rows).</param>
    /// <param name="neurons">The neurons to use; null for all.</param>
    public double Accuracy(Tensor activations, Tensor labels, IReadOnlyList<long>? neurons = null)
    {
        ProbeData.CheckRows(activations, labels);
        using var scope = NewDisposeScope();
        return Predict(activations, neurons)
            .eq(labels.to(_means.device).to(ScalarType.Int64))
            .to(ScalarType.Float64)
            .mean()
            .ToDouble();
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

    /// <summary>The log likelihoods, (rows, classes).</summary>
    private Tensor LogLikelihoods(Tensor activations, IReadOnlyList<long>? neurons)
    {
        ProbeData.CheckActivations(activations);
        if (activations.shape[1] != Neurons)
        {
            throw new ArgumentException(
                $"The probe was fitted to {Neurons} neurons; these activations have {activations.shape[1]}."
            );
        }

        var chosen = neurons is null
            ? [.. Enumerable.Range(0, (int)Neurons).Select(index => (long)index)]
            : NeuronList.Check(neurons, Neurons);
        var index = tensor(chosen, dtype: ScalarType.Int64).to(_means.device);
        var x = activations.to(_means.device).to(ScalarType.Float64).index_select(1, index);
        var columns = new List<Tensor>();
        for (long label = 0; label < _means.shape[0]; label++)
        {
            var covariance = _covariances[label].index_select(0, index).index_select(1, index);
            using var normal = distributions.MultivariateNormal(_means[label].index_select(0, index), covariance);
            columns.Add(normal.log_prob(x));
        }

        return stack(columns, 1);
    }
}
