using static TorchSharp.torch;

namespace Lrp.Analysis.Ranking;

/// <summary>
/// The Gaussian of every neuron given the neurons chosen so far, one per class: a Cholesky factorization that is
/// extended by one neuron at a time. Its tensors belong to the dispose scope that is open when it is created.
/// </summary>
internal sealed class Conditionals
{
    private const double SmallestVariance = 1e-300;

    private readonly Tensor _x;
    private readonly Tensor _means;
    private readonly Tensor _covariances;
    private readonly Tensor _variances;
    private readonly Tensor _chosenLog;
    private readonly List<Tensor> _gains = [];
    private readonly List<Tensor> _whitened = [];

    public Conditionals(Tensor x, Tensor means, Tensor covariances)
    {
        (_x, _means, _covariances) = (x, means, covariances);
        _variances = covariances.diagonal(0, 1, 2).clone();
        _chosenLog = zeros([x.shape[0], means.shape[0]], dtype: ScalarType.Float64, device: x.device);
    }

    /// <summary>For each neuron, the mean over rows of the label's log posterior if that neuron were added.</summary>
    public Tensor MeanLogPosterior(Tensor labels, Tensor logPrior, int elementsAtOnce)
    {
        var (rows, classes, neurons) = (_x.shape[0], _means.shape[0], _x.shape[1]);
        var height = Math.Max(1, elementsAtOnce / (classes * neurons));
        var total = zeros([neurons], dtype: ScalarType.Float64, device: _x.device);
        var variances = _variances.clamp_min(SmallestVariance);
        var constant = (variances.log() + Math.Log(2 * Math.PI)) * -0.5;
        for (long start = 0; start < rows; start += height)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(height, rows - start);
            var logs = stack([
                .. Enumerable
                    .Range(0, (int)classes)
                    .Select(label =>
                    {
                        var residual = Residual(label, start, count);
                        var candidate = constant[label] - (residual.square() / (variances[label] * 2));
                        return candidate
                            + _chosenLog.narrow(0, start, count).select(1, label).unsqueeze(1)
                            + logPrior[label];
                    }),
            ]);
            var index = labels.narrow(0, start, count).view(1, -1, 1).expand(1, count, neurons);
            total.add_((logs.gather(0, index).squeeze(0) - logs.logsumexp(0)).sum(0L));
        }

        return total / rows;
    }

    /// <summary>Adds a neuron to the chosen ones.</summary>
    public void Add(long neuron)
    {
        var deviation = _variances.select(1, neuron).clamp_min(SmallestVariance).sqrt().unsqueeze(1);
        var column = _covariances.select(2, neuron);
        foreach (var gain in _gains)
        {
            column = column - (gain.select(1, neuron).unsqueeze(1) * gain);
        }

        var factor = column / deviation;
        var own = _x.select(1, neuron).unsqueeze(0) - _means.select(1, neuron).unsqueeze(1);
        for (var i = 0; i < _gains.Count; i++)
        {
            own = own - (_gains[i].select(1, neuron).unsqueeze(1) * _whitened[i]);
        }

        var whitened = own / deviation;
        _chosenLog.add_((((whitened.square() + Math.Log(2 * Math.PI)) * -0.5) - deviation.log()).t());
        _variances.sub_(factor.square());
        _gains.Add(factor.MoveToOuterDisposeScope());
        _whitened.Add(whitened.MoveToOuterDisposeScope());
    }

    /// <summary>x minus its mean given the chosen neurons, for one class: (rows, neurons).</summary>
    private Tensor Residual(long label, long start, long count)
    {
        var residual = _x.narrow(0, start, count) - _means[label];
        if (_gains.Count == 0)
        {
            return residual;
        }

        var gains = stack([.. _gains.Select(gain => gain[label])]);
        var whitened = stack([.. _whitened.Select(values => values[label].narrow(0, start, count))], 1);
        return residual - whitened.mm(gains);
    }
}
