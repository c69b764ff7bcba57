using Microsoft.Extensions.Logging;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Conservation;

/// <summary>What passed in the latest backward pass: sums at every site, recorded relevance, faults.</summary>
internal sealed class RelevanceJournal(ILogger logger) : IRelevanceJournal, IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<RuleSite, SiteSums> _sums = [];
    private readonly List<RecordedRelevance> _records = [];
    private readonly List<RelevanceException> _faults = [];
    private RuleSite? _first;
    private readonly DeviceSum _modelOutput = new();
    private readonly DeviceSum _modelInput = new();
    private bool _passBegun;

    /// <summary>A backward pass begins at the model's output.</summary>
    public void BeginPass(IReadOnlyList<Tensor?> relevance)
    {
        lock (_gate)
        {
            Clear();
            _passBegun = true;
            _modelOutput.Add(relevance);
        }
    }

    /// <summary>Relevance has come out at the model's input.</summary>
    public void ReachInput(IReadOnlyList<Tensor?> relevance)
    {
        lock (_gate)
        {
            _modelInput.Add(relevance);
        }
    }

    /// <inheritdoc/>
    public void Report(RuleSite site, IReadOnlyList<Tensor?> outputs, IReadOnlyList<Tensor?> inputs)
    {
        using var grad = no_grad();
        lock (_gate)
        {
            if (site.Rule is not null)
            {
                if (!_passBegun && ReferenceEquals(site, _first))
                {
                    // The model itself was not run through call(): the pass is taken to begin where the last one did.
                    Clear();
                }

                _first ??= site;
                if (!_sums.TryGetValue(site, out var pair))
                {
                    _sums[site] = pair = new SiteSums(new DeviceSum(), new DeviceSum());
                }

                pair.Outputs.Add(outputs);
                if (SameTensors(outputs, inputs))
                {
                    pair.Inputs.AddOf(pair.Outputs, outputs.Count(tensor => tensor is not null));
                }
                else
                {
                    pair.Inputs.Add(inputs);
                }
            }

            foreach (var record in _records)
            {
                if (!site.IsFunction && ReferenceEquals(record.Module, site.Module))
                {
                    record.Add(outputs);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void ReportJoined(
        RuleSite passed,
        RuleSite site,
        IReadOnlyList<Tensor?> relevance,
        IReadOnlyList<Tensor?> inputs
    )
    {
        lock (_gate)
        {
            Report(passed, relevance, relevance);
            Report(site, [], inputs);
            _sums[site].Outputs.AddOf(_sums[passed].Outputs, relevance.Count(tensor => tensor is not null));
            foreach (var record in _records.Where(record => ReferenceEquals(record.Module, site.Module)))
            {
                record.Add(relevance);
            }
        }
    }

    public RecordedRelevance Record(nn.Module module, string name)
    {
        var record = new RecordedRelevance(module, name, Forget);
        lock (_gate)
        {
            _records.Add(record);
        }

        return record;
    }

    /// <inheritdoc/>
    public void AddFault(RuleSite site, Exception exception)
    {
        var message = $"{SafeText.Of(site.Rule)} failed at {site.Title}: {SafeText.Of(exception)}";
        Keep(new RelevanceException(message, exception));
        try
        {
            logger.LogError(exception, "{Message}", message);
        }
        catch (Exception failure)
        {
            // This runs inside a backward pass, which no exception may leave.
            Keep(new RelevanceException($"The logger failed: {SafeText.Of(failure)}", failure));
        }
    }

    public IReadOnlyList<RelevanceException> TakeFaults()
    {
        lock (_gate)
        {
            var taken = _faults.ToArray();
            _faults.Clear();
            return taken;
        }
    }

    public ConservationReport? Conservation(IReadOnlyList<RuleSite> sites)
    {
        lock (_gate)
        {
            if (_sums.Count == 0)
            {
                return null;
            }

            var layers = sites
                .Where(_sums.ContainsKey)
                .Select(site => new LayerConservation(
                    site.Name,
                    site.IsFunction ? "function" : site.Module.GetType().Name,
                    site.Rule!.ToString(),
                    _sums[site].Outputs.Value(),
                    _sums[site].Inputs.Value()
                ))
                .ToList();
            var whole = layers.Find(layer => layer.Name.Length == 0);
            return new ConservationReport(
                layers,
                _modelOutput.IsEmpty ? whole?.RelevanceOut : _modelOutput.Value(),
                _modelInput.IsEmpty ? whole?.RelevanceIn : _modelInput.Value()
            );
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            Clear();
            foreach (var record in _records.ToArray())
            {
                record.Close();
            }

            _records.Clear();
        }
    }

    private void Keep(RelevanceException fault)
    {
        lock (_gate)
        {
            _faults.Add(fault);
        }
    }

    private void Forget(RecordedRelevance record)
    {
        lock (_gate)
        {
            _records.Remove(record);
        }
    }

    private void Clear()
    {
        foreach (var pair in _sums.Values)
        {
            pair.Outputs.Clear();
            pair.Inputs.Clear();
        }

        _sums.Clear();
        _modelOutput.Clear();
        _modelInput.Clear();
        foreach (var record in _records)
        {
            record.Clear();
        }

        _first = null;
        _passBegun = false;
    }

    private static bool SameTensors(IReadOnlyList<Tensor?> left, IReadOnlyList<Tensor?> right)
    {
        if (left.Count != right.Count)
        {
            return false;
        }

        for (var i = 0; i < left.Count; i++)
        {
            if (!ReferenceEquals(left[i], right[i]))
            {
                return false;
            }
        }

        return left.Count > 0;
    }

    private sealed record SiteSums(DeviceSum Outputs, DeviceSum Inputs);

    /// <summary>A sum that stays on its device until somebody asks, so that no pass waits for it.</summary>
    private sealed class DeviceSum
    {
        private readonly List<Tensor> _terms = [];

        public bool IsEmpty => _terms.Count == 0;

        public void Add(IReadOnlyList<Tensor?> relevance)
        {
            foreach (var tensor in relevance)
            {
                if (tensor is not null)
                {
                    var narrow = tensor.dtype is ScalarType.Float16 or ScalarType.BFloat16;
                    _terms.Add(tensor.sum(narrow ? ScalarType.Float32 : tensor.dtype).DetachFromDisposeScope());
                }
            }
        }

        /// <summary>Adds the last terms of another sum.</summary>
        public void AddOf(DeviceSum other, int count)
        {
            foreach (var term in other._terms.TakeLast(count).ToList())
            {
                _terms.Add(term.alias().DetachFromDisposeScope());
            }
        }

        public double Value() => _terms.Sum(term => term.to(ScalarType.Float64).ToDouble());

        public void Clear()
        {
            foreach (var term in _terms)
            {
                term.Dispose();
            }

            _terms.Clear();
        }
    }
}
