using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using static TorchSharp.torch;

namespace Lrp.Core.Conservation;

/// <summary>The latest backward passes, one for each thread and flow of control, and the faults in them.</summary>
/// <remarks>
/// Autograd runs a pass on the thread that calls <c>backward()</c>, on the CPU at least. So the passes of several
/// threads are told apart by thread while they run, and a caller is given the pass of its own flow of control, also
/// after an <c>await</c>; where its flow has none (a GPU has threads of its own), the latest of all.
/// </remarks>
internal sealed class RelevanceJournal(ILogger logger) : IRelevanceJournal, IDisposable
{
    private readonly ConcurrentDictionary<int, BackwardPass> _passes = new();
    private readonly AsyncLocal<BackwardPass?> _ofFlow = new();
    private readonly Lock _gate = new();
    private readonly List<RecordedRelevance> _records = [];
    private BackwardPass? _latest;
    private int _warned;
    private int _hasRun;

    /// <summary>The relevance at the embeddings of the latest pass, in the order of their calls.</summary>
    public IReadOnlyList<EmbeddingRelevance> Embeddings => Seen?.Embeddings() ?? [];

    /// <summary>The pass that the caller has seen.</summary>
    private BackwardPass? Seen => _ofFlow.Value is { IsDisposed: false } own ? own : _latest;

    /// <summary>A backward pass begins at the model's output.</summary>
    public void BeginPass(IReadOnlyList<Tensor?> relevance) => NewPass(isBegunByModel: true).Begin(relevance);

    /// <summary>Relevance has come out at the model's input.</summary>
    public void ReachInput(IReadOnlyList<Tensor?> relevance) => OfThread()?.ReachInput(relevance);

    /// <summary>Whether a backward pass has begun since this was last asked.</summary>
    public bool TakeHasRun() => Interlocked.Exchange(ref _hasRun, 0) != 0;

    /// <summary>Relevance has come out at an embedding.</summary>
    /// <param name="site">The embedding.</param>
    /// <param name="number">Counts the calls of embeddings.</param>
    /// <param name="ids">What it looked up.</param>
    /// <param name="relevance">Relevance at its output.</param>
    /// <param name="isRecorded">Whether it is recorded here, because the embedding's own hooks did not run.</param>
    public void ReportEmbedding(RuleSite site, long number, Tensor ids, Tensor relevance, bool isRecorded)
    {
        using var grad = no_grad();
        var pass = PassOf(site);
        pass.ReachEmbedding(number, site.Name, ids, relevance);
        if (isRecorded)
        {
            Record(pass, site, [relevance]);
        }
    }

    /// <inheritdoc/>
    public void Report(RuleSite site, IReadOnlyList<Tensor?> outputs, IReadOnlyList<Tensor?> inputs)
    {
        using var grad = no_grad();
        var pass = PassOf(site);
        if (site.Rule is not null)
        {
            pass.Add(site, outputs, inputs);
        }

        Record(pass, site, outputs);
    }

    /// <inheritdoc/>
    public void ReportJoined(
        RuleSite passed,
        RuleSite site,
        IReadOnlyList<Tensor?> relevance,
        IReadOnlyList<Tensor?> inputs
    )
    {
        Report(passed, relevance, relevance);
        var pass = PassOf(site);
        pass.Add(site, [], inputs);
        pass.AddOutputsOf(site, passed, relevance.Count(tensor => tensor is not null));
        Record(pass, site, relevance);
    }

    /// <summary>What has failed in backward passes whose maker does not ask for it.</summary>
    public KeptFaults Faults { get; } = new();

    public RecordedRelevance Record(nn.Module module, string name)
    {
        var record = new RecordedRelevance(module, name, record => Seen?.Recorded(record) ?? [], Forget);
        lock (_gate)
        {
            _records.Add(record);
        }

        return record;
    }

    /// <inheritdoc/>
    public void AddFault(RuleSite site, Exception exception, GraphLife? life)
    {
        var rule = site.Rule is null ? "The backward pass" : SafeText.Of(site.Rule);
        var message = $"{rule} failed at {site.Title}: {SafeText.Of(exception)}";
        Keep(new RelevanceException(message, exception), life);
        try
        {
            logger.LogError(exception, "{Message}", message);
        }
        catch (Exception failure)
        {
            // This runs inside a backward pass, which no exception may leave.
            Keep(new RelevanceException($"The logger failed: {SafeText.Of(failure)}", failure), life);
        }
    }

    public ConservationReport? Conservation(IReadOnlyList<RuleSite> sites) => Seen?.Report(sites);

    public void Dispose()
    {
        foreach (var pass in _passes.Values)
        {
            pass.Dispose();
        }

        lock (_gate)
        {
            _records.Clear();
        }
    }

    private BackwardPass? OfThread() => _passes.GetValueOrDefault(Environment.CurrentManagedThreadId);

    private BackwardPass PassOf(RuleSite site)
    {
        if (OfThread() is { } pass && !pass.IsFollowedBy(site))
        {
            return pass;
        }

        WarnAboutStart(site);
        return NewPass(isBegunByModel: false);
    }

    /// <summary>A pass of this thread begins; the tensors of its last one are freed.</summary>
    private BackwardPass NewPass(bool isBegunByModel)
    {
        var pass = new BackwardPass(isBegunByModel);
        Volatile.Write(ref _hasRun, 1);
        var thread = Environment.CurrentManagedThreadId;
        OfThread()?.Dispose();
        _passes[thread] = pass;
        _ofFlow.Value = pass;
        _latest = pass;
        return pass;
    }

    private void Record(BackwardPass pass, RuleSite site, IReadOnlyList<Tensor?> relevance)
    {
        if (site.IsFunction)
        {
            return;
        }

        lock (_gate)
        {
            foreach (var record in _records)
            {
                if (ReferenceEquals(record.Module, site.Module))
                {
                    pass.Record(record, relevance);
                }
            }
        }
    }

    private void WarnAboutStart(RuleSite site)
    {
        if (Interlocked.Exchange(ref _warned, 1) == 0)
        {
            logger.LogWarning(
                "A backward pass reached {Module} without beginning at the output of the registered model's call(): "
                    + "relevance began as the gradient, and not as output times gradient. Run model.call(input), not "
                    + "forward(), and call backward() on its output.",
                site.Title
            );
        }
    }

    private void Keep(RelevanceException fault, GraphLife? life)
    {
        if (life?.Add(fault) != true)
        {
            Faults.Add(fault);
        }
    }

    private void Forget(RecordedRelevance record)
    {
        lock (_gate)
        {
            _records.Remove(record);
        }

        foreach (var pass in _passes.Values)
        {
            pass.Forget(record);
        }
    }
}
