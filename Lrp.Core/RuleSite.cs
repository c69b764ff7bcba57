using Microsoft.Extensions.Logging;
using TorchSharp;

namespace Lrp.Core;

/// <summary>One module, or one function, of a registered model at which a rule is used.</summary>
public sealed class RuleSite
{
    private readonly RegistrationState _state;
    private readonly IRelevanceJournal _journal;
    private readonly KeptObjects _kept = new();
    private Rule? _rule;
    private int _called;

    internal RuleSite(
        RegistrationState state,
        IRelevanceJournal journal,
        string name,
        torch.nn.Module module,
        Rule? rule,
        bool isFunction = false
    )
    {
        _state = state;
        _journal = journal;
        Name = name;
        Module = module;
        _rule = rule;
        IsFunction = isFunction;
    }

    /// <summary>
    /// Whether the site stands for every call of a function in the model's forward, rather than for a module.
    /// </summary>
    public bool IsFunction { get; }

    /// <summary>The module's name inside the model, or the function's; empty for the model itself.</summary>
    public string Name { get; }

    /// <summary>The module; for a function, the model that calls it.</summary>
    public torch.nn.Module Module { get; }

    /// <summary>
    /// The rule used here; null where relevance is only watched. Where the order of calls decides, the first forward
    /// pass may put another rule here.
    /// </summary>
    public Rule? Rule => Volatile.Read(ref _rule);

    /// <summary>Where warnings go.</summary>
    public ILogger Logger => _state.Logger;

    /// <summary>The module's name for messages: <c>'features.3' (Conv2d)</c>.</summary>
    public string Title => IsFunction ? $"the function {Name}" : TitleOf(Name, Module);

    /// <summary>Whether the module has been called since registration.</summary>
    public bool Called => Volatile.Read(ref _called) != 0;

    internal bool IsSuspended => _state.IsSuspended;

    internal bool ModelWorksInPlace => _state.ModelWorksInPlace;

    /// <summary>Runs the module's <c>forward</c> without any hooks of this registration.</summary>
    /// <param name="input">The argument of a module that takes one tensor and returns one; not changed.</param>
    /// <returns>The result.</returns>
    /// <exception cref="NotSupportedException">The module takes or returns something else.</exception>
    internal torch.Tensor Rerun(torch.Tensor input)
    {
        if (Module is not torch.nn.Module<torch.Tensor, torch.Tensor> module)
        {
            throw new NotSupportedException($"{Title} does not map one tensor to one tensor.");
        }

        using (_state.Suspend())
        {
            return module.forward(InPlace.Works(Module) ? input.clone() : input);
        }
    }

    /// <summary>
    /// Something computed once for this site and freed with the registration, such as derived weights.
    /// </summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="key">A name for it.</param>
    /// <param name="create">Makes it on first use.</param>
    /// <returns>The kept instance.</returns>
    public T Keep<T>(object key, Func<T> create)
        where T : class, IDisposable
    {
        ObjectDisposedException.ThrowIf(_state.IsDisposed, typeof(RuleSite));
        return _kept.Get(key, create);
    }

    /// <summary>As <see cref="Keep"/>, for all sites of the registration together.</summary>
    internal T KeepForAll<T>(object key, Func<T> create)
        where T : class, IDisposable => _state.Kept.Get(key, create);

    internal static string TitleOf(string name, torch.nn.Module module) =>
        name.Length == 0 ? $"the model ({module.GetType().Name})" : $"'{name}' ({module.GetType().Name})";

    /// <summary>The order of calls has decided about the rule.</summary>
    internal void Use(Rule? rule) => Volatile.Write(ref _rule, rule);

    internal void MarkCalled() => Volatile.Write(ref _called, 1);

    /// <inheritdoc cref="IRelevanceJournal.AddFault"/>
    internal void Fault(Exception exception, GraphLife? life = null) => _journal.AddFault(this, exception, life);

    /// <inheritdoc cref="IRelevanceJournal.Report"/>
    internal void Report(IReadOnlyList<torch.Tensor?> outputs, IReadOnlyList<torch.Tensor?> inputs)
    {
        if (_state.KeepsRecords)
        {
            _journal.Report(this, outputs, inputs);
        }
    }

    /// <inheritdoc cref="IRelevanceJournal.ReportJoined"/>
    internal void ReportBehind(
        RuleSite passed,
        IReadOnlyList<torch.Tensor?> relevance,
        IReadOnlyList<torch.Tensor?> inputs
    ) => _journal.ReportJoined(passed, this, relevance, inputs);

    internal void Free() => _kept.Dispose();
}
