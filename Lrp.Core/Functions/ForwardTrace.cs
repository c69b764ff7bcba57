using Lrp.Core.Interception;
using Lrp.Core.Lineage;
using static TorchSharp.torch;

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
    public List<TensorFact> Constants { get; set; } = [];

    /// <summary>What takes relevance in the operator under way, where it is none of the operands.</summary>
    public TensorFact? Carrier { get; set; }

    /// <summary>
    /// Quotients by values that are no gate of what they divide, by their constants; a later product may still show
    /// that they are one of another factor. What is left when the pass is over has no rule.
    /// </summary>
    public Dictionary<ICollection<TensorFact>, Exception> Undecided { get; } = new(ReferenceEqualityComparer.Instance);

    /// <summary>The functions that have rules; null before the first pass.</summary>
    public FunctionSites? Functions { get; set; }

    /// <summary>Carries out an operator of the pass.</summary>
    public Func<OperatorCall, object?>? Handler { get; set; }

    /// <summary>
    /// Runs an operator that is a part of another one, with the rule that the composite has for it.
    /// </summary>
    /// <param name="names">The names of the operators that the function may call.</param>
    /// <param name="function">Calls the operator.</param>
    /// <returns>Its value; null where no entry of the composite stands for it.</returns>
    public Tensor? Inner(IReadOnlyList<string> names, Func<Tensor> function)
    {
        if (Handler is not { } handler || !names.Any(name => Functions?.Include(name) == true))
        {
            return null;
        }

        var (constants, carrier) = (Constants, Carrier);
        try
        {
            using var scope = OperatorInterception.Enter(names, handler);
            return function();
        }
        finally
        {
            (Constants, Carrier) = (constants, carrier); // those of the operator that this one is a part of
        }
    }

    /// <summary>The trace of the calling thread.</summary>
    public static ForwardTrace Of(RuleSite site) =>
        site.KeepForAll(nameof(ForwardTrace), () => new OfThreads()).Current;

    /// <summary>A pass begins or is over.</summary>
    public void Clear()
    {
        _modules.Clear();
        (Constants, Carrier) = ([], null);
        Undecided.Clear();
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
