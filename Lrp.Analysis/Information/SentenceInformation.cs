using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Analysis.Information;

/// <summary>
/// Measures how much a hidden state depends on each word: the largest noise on the word that does not change the state.
/// </summary>
/// <remarks>
/// Guan et al., "Towards a deep and unified understanding of deep neural models in NLP", ICML 2019, equation 7: the
/// minimum over σ of ‖Φ(x + ε) − Φ(x)‖²/r² − rate·mean(log ratio), with ε = scale·σ(ratio)·noise and r the state's
/// regularization. A small σ means that the state depends on the word; a large σ means that the state has lost the
/// word's information. Several sentences are optimized together, with the same result as for each alone.
/// </remarks>
public sealed class SentenceInformation : IDisposable
{
    private readonly HiddenState _state;
    private readonly InformationOptions _options;
    private readonly Tensor _embeddings;
    private readonly Tensor _present;
    private readonly Tensor? _regularization;
    private readonly long[] _lengths;
    private readonly Generator _generator;
    private Tensor _ratio;

    /// <summary>Prepares one sentence.</summary>
    /// <param name="embeddings">x, (words, dimensions).</param>
    /// <param name="state">Φ.</param>
    /// <param name="regularization">
    /// r, of the state's shape or a shape that broadcasts to it; null to divide by the state's mean square instead.
    /// </param>
    /// <param name="options">The options of the optimization.</param>
    public SentenceInformation(
        Tensor embeddings,
        HiddenState state,
        Tensor? regularization = null,
        InformationOptions? options = null
    )
        : this([embeddings], state, regularization, options) { }

    /// <summary>Prepares several sentences.</summary>
    /// <param name="sentences">
    /// x of each sentence, (words, dimensions). Shorter ones are padded with zero rows that get no noise; Φ must ignore
    /// these rows.
    /// </param>
    /// <param name="state">Φ.</param>
    /// <param name="regularization">
    /// r, of the shape of one sentence's state or a shape that broadcasts to it; null to divide by the state's mean
    /// square instead.
    /// </param>
    /// <param name="options">The options of the optimization.</param>
    public SentenceInformation(
        IReadOnlyList<Tensor> sentences,
        HiddenState state,
        Tensor? regularization = null,
        InformationOptions? options = null
    )
    {
        ArgumentNullException.ThrowIfNull(sentences);
        ArgumentNullException.ThrowIfNull(state);
        _options = options ?? new InformationOptions();
        _options.Validate();
        _state = state;
        Check(sentences);
        _lengths = [.. sentences.Select(sentence => sentence.shape[0])];
        _generator = new Generator((ulong)_options.Seed, sentences[0].device);
        using var scope = NewDisposeScope();
        var first = sentences[0];
        var longest = _lengths.Max();
        var x = zeros([sentences.Count, longest, first.shape[1]], dtype: first.dtype, device: first.device);
        var present = zeros([sentences.Count, longest, 1], dtype: first.dtype, device: first.device);
        for (var i = 0; i < sentences.Count; i++)
        {
            x[i].narrow(0, 0, _lengths[i]).copy_(sentences[i].detach());
            present[i].narrow(0, 0, _lengths[i]).fill_(1);
        }

        if (regularization is not null)
        {
            if (regularization.eq(0).any().ToBoolean())
            {
                throw new ArgumentException(
                    "The regularization is zero in places, where entries of the state are the same for all "
                        + "sentences. Add a small number to it, or leave those entries out of Φ."
                );
            }

            _regularization = regularization.detach().to(first.dtype).to(first.device).clone().DetachFromDisposeScope();
        }

        _embeddings = x.DetachFromDisposeScope();
        _present = present.DetachFromDisposeScope();
        _ratio = Normal(sentences.Count, longest, 1).DetachFromDisposeScope();
    }

    /// <summary>Computes the loss for given noise, for a single sentence.</summary>
    /// <param name="ratio">(words, 1), the values before the logistic function.</param>
    /// <param name="noise">(words, dimensions); or (samples, words, dimensions), to average over the samples.</param>
    /// <returns>One number, with its gradient for <paramref name="ratio"/>.</returns>
    public Tensor Loss(Tensor ratio, Tensor noise)
    {
        ArgumentNullException.ThrowIfNull(ratio);
        ArgumentNullException.ThrowIfNull(noise);
        if (_lengths.Length != 1)
        {
            throw new InvalidOperationException($"The loss is for one sentence, but there are {_lengths.Length}.");
        }

        using var scope = NewDisposeScope();
        var samples = noise.dim() == 2 ? noise.unsqueeze(0) : noise;
        return Losses(ratio.unsqueeze(0), samples.unsqueeze(1), Clean()).squeeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Searches the ratio with the lowest loss, averaged as <see cref="InformationOptions.Averaging"/> says, and keeps
    /// it.
    /// </summary>
    /// <param name="progress">Receives a report every <see cref="InformationOptions.ReportEvery"/> steps.</param>
    /// <param name="cancellation">
    /// Ends the search early. The best ratio so far is kept; before the first average is complete, this is the initial
    /// ratio.
    /// </param>
    public void Optimize(IProgress<InformationProgress>? progress = null, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        using var recording = set_grad_enabled(true);
        using var ratio = new Parameter(_ratio.clone());
        using var optimizer = optim.Adam([ratio], _options.LearningRate);
        var clean = Clean();
        var sentences = _embeddings.shape[0];
        var bestLoss = full([sentences], double.PositiveInfinity, dtype: _embeddings.dtype, device: _embeddings.device);
        var best = _ratio.clone();
        var meanLoss = zeros_like(bestLoss);
        var meanRatio = zeros_like(best);
        for (var step = 1; step <= _options.Iterations && !cancellation.IsCancellationRequested; step++)
        {
            using var inner = NewDisposeScope();
            var noise = Normal([_options.NoiseSamples, .. _embeddings.shape]);
            optimizer.zero_grad();
            var losses = Losses(ratio, noise, clean);
            using (no_grad())
            {
                // The best loss stays on the device; reading it here would wait for the device at every step.
                var share = 1.0 / Math.Min(step, _options.Averaging);
                meanLoss.mul_(1 - share).add_(losses.detach() * share);
                meanRatio.mul_(1 - share).add_(ratio.detach() * share);
                if (step >= Math.Min(_options.Averaging, _options.Iterations))
                {
                    var better = meanLoss.lt(bestLoss);
                    best.copy_(meanRatio.where(better.view(-1, 1, 1), best));
                    bestLoss.copy_(meanLoss.where(better, bestLoss));
                }
            }

            losses.sum().backward();
            optimizer.step();
            if (progress is not null && (step % _options.ReportEvery == 0 || step == _options.Iterations))
            {
                progress.Report(new InformationProgress(step, _options.Iterations, losses.mean().ToDouble()));
            }
        }

        if (!bestLoss.isfinite().all().ToBoolean())
        {
            if (cancellation.IsCancellationRequested)
            {
                return;
            }

            throw new InvalidOperationException(
                "The loss was never finite: Φ gives NaN or infinity for these embeddings, or a regularization "
                    + "entry is far too small."
            );
        }

        _ratio.Dispose();
        _ratio = best.DetachFromDisposeScope();
    }

    /// <summary>σ of each word of the first sentence, from 0 to the scale.</summary>
    public double[] Sigma() => Sigmas()[0];

    /// <summary>σ of each word of each sentence.</summary>
    public IReadOnlyList<double[]> Sigmas()
    {
        using var scope = NewDisposeScope();
        var all = (_ratio.sigmoid() * _options.Scale)
            .to(ScalarType.Float64)
            .cpu()
            .contiguous()
            .data<double>()
            .ToArray();
        var longest = (int)_embeddings.shape[1];
        return [.. _lengths.Select((length, index) => all.AsSpan(index * longest, (int)length).ToArray())];
    }

    /// <summary>Frees the tensors that are kept.</summary>
    public void Dispose()
    {
        _embeddings.Dispose();
        _present.Dispose();
        _regularization?.Dispose();
        _ratio.Dispose();
        _generator.Dispose();
    }

    private Tensor Clean()
    {
        using var noGrad = no_grad();
        return _state.States(_embeddings).detach();
    }

    /// <summary>The loss of each sentence, as a mean over the samples.</summary>
    private Tensor Losses(Tensor ratio, Tensor noise, Tensor clean)
    {
        var ratios = ratio.sigmoid();
        var samples = noise.shape[0];
        var sentences = _embeddings.shape[0];
        var noisy = _embeddings + (ratios * noise * _present * _options.Scale);
        var states = _state.States(noisy.flatten(0, 1)).reshape([samples, .. clean.shape]);
        var change = (states - clean).square();
        Tensor information;
        if (_regularization is not null)
        {
            information = (change / _regularization.square()).reshape(samples, sentences, -1).mean([0, 2]);
        }
        else
        {
            information =
                change.reshape(samples, sentences, -1).mean([0, 2]) / clean.square().reshape(sentences, -1).mean([1]);
        }

        var entropy = (ratios.log() * _present).sum([1, 2]) / _present.sum([1, 2]);
        return information - (entropy * _options.Rate);
    }

    private Tensor Normal(params long[] shape) =>
        empty(shape, dtype: _embeddings.dtype, device: _embeddings.device).normal_(0, 1, _generator);

    private static void Check(IReadOnlyList<Tensor> sentences)
    {
        if (sentences.Count == 0)
        {
            throw new ArgumentException("There are no sentences.");
        }

        foreach (var sentence in sentences)
        {
            ArgumentNullException.ThrowIfNull(sentence);
            if (
                sentence.dim() != 2
                || sentence.shape[0] == 0
                || sentence.shape[1] != sentences[0].shape[1]
                || !sentence.is_floating_point()
            )
            {
                throw new ArgumentException(
                    $"A sentence must be (words, dimensions) of floating-point numbers, with at least one word and "
                        + $"{sentences[0].shape[^1]} dimensions here; one is "
                        + $"({string.Join(", ", sentence.shape)}) of {sentence.dtype}."
                );
            }
        }
    }
}
