using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Analysis.Information;

/// <summary>How much a hidden state still knows of each word: the largest noise on the word that leaves the state as it is.</summary>
/// <remarks>
/// Guan et al., "Towards a deep and unified understanding of deep neural models in NLP", ICML 2019, equation 7:
/// the minimum over σ of ‖Φ(x + ε) − Φ(x)‖²/r² − rate·mean(log ratio), with ε = scale·σ(ratio)·noise and r the state's
/// regularization. A small σ means that the state depends on the word, a large one that it has forgotten it.
/// Several sentences are optimized at once, each as if it were alone.
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
    /// <param name="regularization">r, of the state's shape or broadcast to it; null to measure the change by the state's own mean square.</param>
    /// <param name="options">Scale, rate and schedule.</param>
    public SentenceInformation(Tensor embeddings, HiddenState state, Tensor? regularization = null, InformationOptions? options = null)
        : this([embeddings], state, regularization, options)
    {
    }

    /// <summary>Prepares several sentences.</summary>
    /// <param name="sentences">x of each, (words, dimensions); shorter ones are filled up with zero rows that get no noise, which Φ must disregard.</param>
    /// <param name="state">Φ.</param>
    /// <param name="regularization">r, of one sentence's state or broadcast to it; null to measure the change by the state's own mean square.</param>
    /// <param name="options">Scale, rate and schedule.</param>
    public SentenceInformation(IReadOnlyList<Tensor> sentences, HiddenState state, Tensor? regularization = null, InformationOptions? options = null)
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
        Tensor first = sentences[0];
        long longest = _lengths.Max();
        Tensor x = zeros([sentences.Count, longest, first.shape[1]], dtype: first.dtype, device: first.device);
        Tensor present = zeros([sentences.Count, longest, 1], dtype: first.dtype, device: first.device);
        for (int i = 0; i < sentences.Count; i++)
        {
            x[i].narrow(0, 0, _lengths[i]).copy_(sentences[i].detach());
            present[i].narrow(0, 0, _lengths[i]).fill_(1);
        }

        if (regularization is not null)
        {
            if (regularization.eq(0).any().ToBoolean())
            {
                throw new ArgumentException("The regularization is zero in places: those entries of the state are the same for all sentences. Add a small number to it, or leave the entries out of Φ.");
            }

            _regularization = regularization.detach().to(first.dtype).to(first.device).clone().DetachFromDisposeScope();
        }

        _embeddings = x.DetachFromDisposeScope();
        _present = present.DetachFromDisposeScope();
        _ratio = Normal(sentences.Count, longest, 1).DetachFromDisposeScope();
    }

    /// <summary>The loss for given noise, of the first sentence if there are several.</summary>
    /// <param name="ratio">(words, 1), before the logistic function.</param>
    /// <param name="noise">(words, dimensions), or (samples, words, dimensions): the mean over samples.</param>
    /// <returns>One number, with its gradient for <paramref name="ratio"/>.</returns>
    public Tensor Loss(Tensor ratio, Tensor noise)
    {
        ArgumentNullException.ThrowIfNull(ratio);
        ArgumentNullException.ThrowIfNull(noise);
        if (_lengths.Length != 1)
        {
            throw new InvalidOperationException($"This loss is that of one sentence; here are {_lengths.Length}.");
        }

        using var scope = NewDisposeScope();
        Tensor samples = noise.dim() == 2 ? noise.unsqueeze(0) : noise;
        return Losses(ratio.unsqueeze(0), samples.unsqueeze(1), Clean()).squeeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>Finds the ratio of the lowest loss, of the averages that <see cref="InformationOptions.Averaging"/> asks for, and keeps it.</summary>
    /// <param name="progress">Told now and then.</param>
    /// <param name="cancellation">Ends the search early; what was best stays, which within the first averages is the start.</param>
    public void Optimize(IProgress<InformationProgress>? progress = null, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        using var recording = set_grad_enabled(true);
        using var ratio = new Parameter(_ratio.clone());
        using Adam optimizer = optim.Adam([ratio], _options.LearningRate);
        Tensor clean = Clean();
        long sentences = _embeddings.shape[0];
        Tensor bestLoss = full([sentences], double.PositiveInfinity, dtype: _embeddings.dtype, device: _embeddings.device);
        Tensor best = _ratio.clone();
        Tensor meanLoss = zeros_like(bestLoss);
        Tensor meanRatio = zeros_like(best);
        for (int step = 1; step <= _options.Iterations && !cancellation.IsCancellationRequested; step++)
        {
            using var inner = NewDisposeScope();
            Tensor noise = Normal([_options.NoiseSamples, .. _embeddings.shape]);
            optimizer.zero_grad();
            Tensor losses = Losses(ratio, noise, clean);
            using (no_grad())
            {
                // Whatever is best stays on the device; comparing it here would wait for every step.
                double share = 1.0 / Math.Min(step, _options.Averaging);
                meanLoss.mul_(1 - share).add_(losses.detach() * share);
                meanRatio.mul_(1 - share).add_(ratio.detach() * share);
                if (step >= Math.Min(_options.Averaging, _options.Iterations))
                {
                    Tensor better = meanLoss.lt(bestLoss);
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

            throw new InvalidOperationException("The loss was never finite: Φ gives NaN or infinity for these embeddings, or a regularization entry is far too small.");
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
        double[] all = (_ratio.sigmoid() * _options.Scale).to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
        int longest = (int)_embeddings.shape[1];
        return [.. _lengths.Select((length, index) => all.AsSpan(index * longest, (int)length).ToArray())];
    }

    /// <summary>Frees what is kept.</summary>
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

    /// <summary>The loss of each sentence, mean over samples.</summary>
    private Tensor Losses(Tensor ratio, Tensor noise, Tensor clean)
    {
        Tensor ratios = ratio.sigmoid();
        long samples = noise.shape[0];
        long sentences = _embeddings.shape[0];
        Tensor noisy = _embeddings + (ratios * noise * _present * _options.Scale);
        Tensor states = _state.States(noisy.flatten(0, 1)).reshape([samples, .. clean.shape]);
        Tensor change = (states - clean).square();
        Tensor information;
        if (_regularization is not null)
        {
            information = (change / _regularization.square()).reshape(samples, sentences, -1).mean([0, 2]);
        }
        else
        {
            information = change.reshape(samples, sentences, -1).mean([0, 2]) / clean.square().reshape(sentences, -1).mean([1]);
        }

        Tensor entropy = (ratios.log() * _present).sum([1, 2]) / _present.sum([1, 2]);
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

        foreach (Tensor sentence in sentences)
        {
            ArgumentNullException.ThrowIfNull(sentence);
            if (sentence.dim() != 2 || sentence.shape[0] == 0 || sentence.shape[1] != sentences[0].shape[1] || !sentence.is_floating_point())
            {
                throw new ArgumentException(
                    $"A sentence is (words, dimensions) of floating-point numbers, with a word at least and {sentences[0].shape[^1]} dimensions here; one is ({string.Join(", ", sentence.shape)}) of {sentence.dtype}.");
            }
        }
    }
}
