using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Engine;

/// <summary>What passed in the latest backward pass: sums at every place, recorded relevance, faults.</summary>
internal sealed class RelevanceJournal : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<RuleSite, SiteSums> sums = [];
    private readonly List<RecordedRelevance> records = [];
    private readonly List<RelevanceException> faults = [];
    private RuleSite? first;
    private readonly Sum modelOutput = new();
    private readonly Sum modelInput = new();
    private bool passBegun;

    /// <summary>A backward pass begins at the model's output.</summary>
    public void BeginPass(IReadOnlyList<Tensor?> relevance)
    {
        lock (gate)
        {
            Clear();
            passBegun = true;
            modelOutput.Add(relevance);
        }
    }

    /// <summary>Relevance has come out at the model's input.</summary>
    public void ReachInput(IReadOnlyList<Tensor?> relevance)
    {
        lock (gate)
        {
            modelInput.Add(relevance);
        }
    }

    public void Report(RuleSite site, IReadOnlyList<Tensor?> outputs, IReadOnlyList<Tensor?> inputs)
    {
        using var grad = no_grad();
        lock (gate)
        {
            if (site.Rule is not null)
            {
                if (!passBegun && ReferenceEquals(site, first))
                {
                    // The model itself was not run through call(): the pass is taken to begin where the last one did.
                    Clear();
                }

                first ??= site;
                if (!sums.TryGetValue(site, out var pair))
                {
                    sums[site] = pair = new SiteSums(new Sum(), new Sum());
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

            foreach (var record in records)
            {
                if (!site.IsFunction && ReferenceEquals(record.Module, site.Module))
                {
                    record.Add(outputs);
                }
            }
        }
    }

    /// <summary>Reports two places through which the same relevance passed, the sums being taken once.</summary>
    /// <param name="passed">The place that handed it on unchanged.</param>
    /// <param name="site">The place before it.</param>
    /// <param name="relevance">The relevance between them.</param>
    /// <param name="inputs">What the place before it made of it.</param>
    public void ReportJoined(
        RuleSite passed, RuleSite site, IReadOnlyList<Tensor?> relevance, IReadOnlyList<Tensor?> inputs)
    {
        lock (gate)
        {
            Report(passed, relevance, relevance);
            Report(site, [], inputs);
            sums[site].Outputs.AddOf(sums[passed].Outputs, relevance.Count(tensor => tensor is not null));
            foreach (var record in records.Where(record => ReferenceEquals(record.Module, site.Module)))
            {
                record.Add(relevance);
            }
        }
    }

    public RecordedRelevance Record(nn.Module module, string name)
    {
        var record = new RecordedRelevance(module, name, Forget);
        lock (gate)
        {
            records.Add(record);
        }

        return record;
    }

    public void AddFault(RelevanceException fault)
    {
        lock (gate)
        {
            faults.Add(fault);
        }
    }

    public IReadOnlyList<RelevanceException> TakeFaults()
    {
        lock (gate)
        {
            var taken = faults.ToArray();
            faults.Clear();
            return taken;
        }
    }

    public ConservationReport? Conservation(IReadOnlyList<RuleSite> sites)
    {
        lock (gate)
        {
            if (sums.Count == 0)
            {
                return null;
            }

            var layers = sites
                .Where(sums.ContainsKey)
                .Select(site => new LayerConservation(
                    site.Name,
                    site.IsFunction ? "function" : site.Module.GetType().Name,
                    site.Rule!.ToString(),
                    sums[site].Outputs.Value(),
                    sums[site].Inputs.Value()))
                .ToList();
            var whole = layers.Find(layer => layer.Name.Length == 0);
            return new ConservationReport(
                layers,
                modelOutput.IsEmpty ? whole?.RelevanceOut : modelOutput.Value(),
                modelInput.IsEmpty ? whole?.RelevanceIn : modelInput.Value());
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            Clear();
            foreach (var record in records.ToArray())
            {
                record.Close();
            }

            records.Clear();
        }
    }

    private void Forget(RecordedRelevance record)
    {
        lock (gate)
        {
            records.Remove(record);
        }
    }

    private void Clear()
    {
        foreach (var pair in sums.Values)
        {
            pair.Outputs.Clear();
            pair.Inputs.Clear();
        }

        sums.Clear();
        modelOutput.Clear();
        modelInput.Clear();
        foreach (var record in records)
        {
            record.Clear();
        }

        first = null;
        passBegun = false;
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

    private sealed record SiteSums(Sum Outputs, Sum Inputs);

    /// <summary>A sum that stays on its device until somebody asks, so that no pass waits for it.</summary>
    private sealed class Sum
    {
        private readonly List<Tensor> terms = [];

        public bool IsEmpty => terms.Count == 0;

        public void Add(IReadOnlyList<Tensor?> relevance)
        {
            foreach (var tensor in relevance)
            {
                if (tensor is not null)
                {
                    var narrow = tensor.dtype is ScalarType.Float16 or ScalarType.BFloat16;
                    terms.Add(tensor.sum(narrow ? ScalarType.Float32 : tensor.dtype).DetachFromDisposeScope());
                }
            }
        }

        /// <summary>Adds the last terms of another sum.</summary>
        public void AddOf(Sum other, int count)
        {
            foreach (var term in other.terms.TakeLast(count).ToList())
            {
                terms.Add(term.alias().DetachFromDisposeScope());
            }
        }

        public double Value() => terms.Sum(term => term.to(ScalarType.Float64).ToDouble());

        public void Clear()
        {
            foreach (var term in terms)
            {
                term.Dispose();
            }

            terms.Clear();
        }
    }
}
