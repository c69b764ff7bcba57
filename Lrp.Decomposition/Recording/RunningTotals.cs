using static TorchSharp.torch;

namespace Lrp.Decomposition.Recording;

/// <summary>Sums and maxima over all components, which are gathered chunk by chunk in a pass of their own.</summary>
internal sealed class RunningTotals : IDisposable
{
    private readonly Dictionary<(TapeNode Node, int Number), RunningTotal> _totals = [];

    /// <summary>The sum or the maximum of what there is.</summary>
    public static Tensor Of(Tensor terms, bool largest) => largest ? terms.amax([0L]) : terms.sum(0L);

    /// <summary>A total over all chunks.</summary>
    /// <exception cref="TotalPending">This pass still gathers it.</exception>
    public Tensor Of((TapeNode Node, int Number) place, Tensor terms, bool largest)
    {
        if (!_totals.TryGetValue(place, out var total))
        {
            _totals.Add(place, total = new RunningTotal(largest));
        }

        if (!total.IsComplete)
        {
            total.Add(terms);
            throw new TotalPending();
        }

        return total.Value;
    }

    /// <summary>A pass over all chunks is over: what it has gathered is complete.</summary>
    public void Complete()
    {
        foreach (var total in _totals.Values)
        {
            total.IsComplete = true;
        }
    }

    /// <summary>Forgets all totals.</summary>
    public void Dispose()
    {
        foreach (var total in _totals.Values)
        {
            total.Dispose();
        }

        _totals.Clear();
    }

    private sealed class RunningTotal(bool largest) : IDisposable
    {
        private Tensor? _sum;

        public bool IsComplete { get; set; }

        public Tensor Value => _sum!;

        public void Add(Tensor terms)
        {
            var term = Of(terms, largest);
            var next =
                _sum is null ? term
                : largest ? maximum(_sum, term)
                : _sum + term;
            _sum = next.DetachFromDisposeScope();
        }

        public void Dispose() => _sum?.Dispose();
    }
}

/// <summary>A step needs a total over all components that is not known yet; the chunk ends here.</summary>
internal sealed class TotalPending : Exception;
