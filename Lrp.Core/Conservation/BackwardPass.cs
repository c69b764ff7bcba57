using static TorchSharp.torch;

namespace Lrp.Core.Conservation;

/// <summary>What one backward pass left behind: sums at every site, and recorded relevance.</summary>
internal sealed class BackwardPass(bool isBegunByModel) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<RuleSite, SiteSums> _sums = [];
    private readonly Dictionary<RecordedRelevance, List<Tensor>> _recorded = [];
    private readonly SortedList<long, EmbeddingRelevance> _embeddings = [];
    private readonly DeviceSum _modelOutput = new();
    private readonly DeviceSum _modelInput = new();
    private readonly DeviceSum _modelOutputSize = new();
    private RuleSite? _first;

    /// <summary>Whether the pass began at the output of the model's own <c>call</c>.</summary>
    public bool IsBegunByModel => isBegunByModel;

    /// <summary>
    /// Whether relevance has come out at the model's input; what is reported now belongs to another pass.
    /// </summary>
    public bool IsOver { get; private set; }

    public bool IsDisposed { get; private set; }

    /// <summary>
    /// Whether a site that reports now begins another pass, which did not begin at the model's output.
    /// </summary>
    public bool IsFollowedBy(RuleSite site) =>
        IsOver || IsDisposed || (!isBegunByModel && ReferenceEquals(site, _first));

    public void Begin(IReadOnlyList<Tensor?> relevance)
    {
        lock (_gate)
        {
            _modelOutput.Add(relevance);
            _modelOutputSize.AddAbsolute(relevance);
        }
    }

    public void ReachInput(IReadOnlyList<Tensor?> relevance)
    {
        lock (_gate)
        {
            _modelInput.Add(relevance);
            IsOver = true;
        }
    }

    /// <summary>Relevance has come out at an embedding, the input of a model of token ids.</summary>
    /// <param name="number">Counts the calls of embeddings.</param>
    /// <param name="name">The embedding's name.</param>
    /// <param name="ids">What it looked up.</param>
    /// <param name="relevance">Relevance at its output.</param>
    public void ReachEmbedding(long number, string name, Tensor ids, Tensor relevance)
    {
        lock (_gate)
        {
            _modelInput.Add([relevance]);
            _embeddings[number] = new EmbeddingRelevance(
                name,
                ids.detach().DetachFromDisposeScope(),
                relevance.detach().DetachFromDisposeScope()
            );
        }
    }

    /// <summary>The relevance at embeddings, in the order in which the model called them.</summary>
    public IReadOnlyList<EmbeddingRelevance> Embeddings()
    {
        lock (_gate)
        {
            return [.. _embeddings.Values];
        }
    }

    public void Add(RuleSite site, IReadOnlyList<Tensor?> outputs, IReadOnlyList<Tensor?> inputs)
    {
        lock (_gate)
        {
            _first ??= site;
            var sums = SumsOf(site);
            sums.Outputs.Add(outputs);
            if (SameTensors(outputs, inputs))
            {
                sums.Inputs.AddOf(sums.Outputs, outputs.Count(tensor => tensor is not null));
            }
            else
            {
                sums.Inputs.Add(inputs);
            }
        }
    }

    /// <summary>Adds to the outputs of a site what another site has just added.</summary>
    public void AddOutputsOf(RuleSite site, RuleSite passed, int count)
    {
        lock (_gate)
        {
            SumsOf(site).Outputs.AddOf(SumsOf(passed).Outputs, count);
        }
    }

    public void Record(RecordedRelevance record, IReadOnlyList<Tensor?> relevance)
    {
        lock (_gate)
        {
            if (!_recorded.TryGetValue(record, out var tensors))
            {
                _recorded[record] = tensors = [];
            }

            tensors.AddRange(relevance.OfType<Tensor>().Select(tensor => tensor.detach().DetachFromDisposeScope()));
        }
    }

    public IReadOnlyList<Tensor> Recorded(RecordedRelevance record)
    {
        lock (_gate)
        {
            return _recorded.TryGetValue(record, out var tensors) ? [.. tensors] : [];
        }
    }

    public void Forget(RecordedRelevance record)
    {
        lock (_gate)
        {
            if (_recorded.Remove(record, out var tensors))
            {
                tensors.ForEach(tensor => tensor.Dispose());
            }
        }
    }

    /// <summary>The report; null where no site has reported.</summary>
    public ConservationReport? Report(IReadOnlyList<RuleSite> sites)
    {
        lock (_gate)
        {
            if (_sums.Count == 0 && _modelOutput.IsEmpty)
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
            )
            {
                BeganAtModelOutput = isBegunByModel,
                OutputSize = _modelOutputSize.IsEmpty ? null : _modelOutputSize.Value(),
                Conserves = !sites.Any(site =>
                    site.Rule is BackwardRule { Conserves: false } && _sums.ContainsKey(site)
                ),
            };
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            IsDisposed = true;
            foreach (var sums in _sums.Values)
            {
                sums.Outputs.Clear();
                sums.Inputs.Clear();
            }

            _sums.Clear();
            _modelOutput.Clear();
            _modelInput.Clear();
            _modelOutputSize.Clear();
            foreach (var tensor in _recorded.Values.SelectMany(tensors => tensors))
            {
                tensor.Dispose();
            }

            _recorded.Clear();
            foreach (var embedding in _embeddings.Values)
            {
                embedding.Ids.Dispose();
                embedding.Relevance.Dispose();
            }

            _embeddings.Clear();
        }
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

    private SiteSums SumsOf(RuleSite site)
    {
        if (!_sums.TryGetValue(site, out var sums))
        {
            _sums[site] = sums = new SiteSums(new DeviceSum(), new DeviceSum());
        }

        return sums;
    }

    private sealed record SiteSums(DeviceSum Outputs, DeviceSum Inputs);
}
