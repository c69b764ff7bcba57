using Lrp.Core.Lineage;

namespace Lrp.Core.Functions;

/// <summary>
/// What is known of the forward pass that runs on a thread: what each tensor was computed from, and where.
/// </summary>
internal sealed class ForwardTrace : IDisposable
{
    private readonly List<string> _modules = [];

    /// <summary>How each tensor was computed.</summary>
    public ForwardLineage Lineage { get; } = new();

    /// <summary>The names of the modules whose <c>call</c> is under way, the innermost last.</summary>
    public string Module => _modules.Count == 0 ? "" : _modules[^1];

    /// <summary>Operands that the rule of the operator under way treats as constants.</summary>
    public List<TensorFact> Constants { get; } = [];

    /// <summary>The trace of the calling thread.</summary>
    public static ForwardTrace Of(RuleSite site) =>
        site.KeepForAll(nameof(ForwardTrace), () => new OfThreads()).Current;

    /// <summary>A pass begins or is over.</summary>
    public void Clear()
    {
        _modules.Clear();
        Constants.Clear();
        Lineage.Clear();
    }

    public void Enter(string module) => _modules.Add(module);

    public void Leave(string module)
    {
        var position = _modules.LastIndexOf(module);
        if (position >= 0)
        {
            _modules.RemoveRange(position, _modules.Count - position); // with those that threw
        }
    }

    public void Dispose() => Lineage.Dispose();

    private sealed class OfThreads : IDisposable
    {
        private readonly ThreadLocal<ForwardTrace> _traces = new(() => new ForwardTrace(), trackAllValues: true);

        public ForwardTrace Current => _traces.Value!;

        public void Dispose()
        {
            foreach (var trace in _traces.Values)
            {
                trace.Dispose();
            }

            _traces.Dispose();
        }
    }
}
