using System.Runtime.CompilerServices;
using Lrp.Core.Audit;
using Lrp.Core.Conservation;
using Lrp.Core.Functions;
using Lrp.Core.Joining;
using Lrp.Core.Ordering;
using Lrp.Core.State;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp;

namespace Lrp.Core.Registrations;

/// <summary>
/// Rules attached to a model. While it lives, a backward pass through the model carries relevance; disposing it
/// removes every hook, undoes what canonizers changed and frees derived weights.
/// </summary>
/// <remarks>
/// Forward and backward passes may run on any threads. Registering and disposing may not run at the same time as a
/// forward pass of the same model.
/// </remarks>
public sealed partial class Registration : IDisposable
{
    private static readonly ConditionalWeakTable<torch.nn.Module, Registration> Registered = [];

    /// <summary>One registration at a time: what is checked before holds until the model is registered.</summary>
    internal static Lock Gate { get; } = new();

    private readonly List<RuleSite> _sites = [];
    private readonly List<RuleSite> _functionSites = [];
    private readonly List<RuleSite> _expectedFunctions = [];
    private readonly Dictionary<torch.nn.Module, OrderedRule?> _ruled = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<torch.nn.Module> _keepingGradient;
    private readonly FirstCallAction? _firstCall;
    private readonly List<IDisposable> _hooks = [];
    private readonly Dictionary<string, RuleSite> _watched = [];
    private readonly IDisposable? _undo;
    private readonly IReadOnlyList<(string Name, torch.nn.Module Module)> _tree;
    private readonly RegistrationPlan _plan;
    private readonly RegistrationState _state;
    private readonly RelevanceJournal _journal;
    private readonly ReluJoining _joining = new();
    private readonly ParameterCalls _parameters = new();
    private ForwardAudit? _audit;
    private ParameterUse? _use;
    private int _warned;
    private EmbeddingReading? _embeddings;
    private RuleSite? _root;
    private int _reported;

    private Registration(RegistrationPlan plan)
    {
        _plan = plan;
        _keepingGradient = new(plan.Excluded, ReferenceEqualityComparer.Instance);
        Model = plan.Model;
        _undo = plan.Undo;
        _tree = ModuleTree.Walk(plan.Model);
        var logger = plan.Logger ?? NullLogger.Instance;
        _state = new RegistrationState(
            logger,
            _tree.Any(entry => InPlace.Works(entry.Module)),
            keepsRecords: plan.Detail == RegistrationDetail.Full
        );
        _journal = new RelevanceJournal(logger);
        _firstCall = plan.BeforeFirstCall is { } action
            ? new FirstCallAction(arguments => action(new FirstCall(Model, arguments, _state)))
            : null;
    }

    /// <summary>The registered model.</summary>
    public torch.nn.Module Model { get; }

    /// <summary>Where warnings go.</summary>
    public ILogger Logger => _state.Logger;

    /// <summary>
    /// The modules that have a rule, in the model's order. Where the order of calls decides, the first forward pass may
    /// change their rules, and add a module.
    /// </summary>
    public IReadOnlyList<RuleSite> Sites => [.. _sites.Where(site => site.Rule is not null)];

    /// <summary>Whether the registration has been disposed.</summary>
    public bool IsDisposed => _state.IsDisposed;

    /// <summary>What the relevance at the model's output is.</summary>
    public RelevanceStart Start => _plan.Start;

    /// <summary>
    /// The relevance of token ids in the latest backward pass, read at the output of each embedding that the model
    /// called, in the order of the calls: one number for each token and dimension.
    /// </summary>
    /// <remarks>
    /// <para>
    /// Nothing needs to be asked for: where the model is called on integers, the outputs of its modules of type
    /// <c>Embedding</c> and <c>EmbeddingBag</c> are points at which relevance is read. With the native library they are
    /// seen whoever calls them, without it where they are run by <c>call</c>.
    /// </para>
    /// <para>
    /// The tensors belong to the registration and go with the next backward pass on the thread; clone what is to be
    /// kept.
    /// </para>
    /// </remarks>
    public IReadOnlyList<EmbeddingRelevance> Embeddings => _journal.Embeddings;

    /// <summary>Whether the model itself was run by <c>call</c> since it was registered.</summary>
    internal bool ModelWasCalled => _root is { Called: true };

    /// <summary>
    /// Whether somebody begins relevance at a tensor taken from the model's output, where it cannot begin at the output
    /// itself.
    /// </summary>
    internal bool BeginsBehindOutput { get; set; }

    /// <summary>Whether the model's output holds tensors where relevance cannot begin at them.</summary>
    internal bool OutputIsHidden { get; private set; }

    /// <summary>Attaches rules to a model. A composite calls this; call it to attach rules picked by hand.</summary>
    /// <param name="plan">The model, and the rules of its modules.</param>
    /// <returns>The registration, to be disposed.</returns>
    /// <exception cref="InvalidOperationException">The model, or a module in it, is registered already.</exception>
    /// <exception cref="ArgumentException">
    /// A rule is not defined for its module, or the module cannot be hooked.
    /// </exception>
    public static Registration Attach(RegistrationPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        using var gate = Gate.EnterScope();
        ThrowIfRegistered(plan.Model);
        PlanChecks.ThrowIfImpossible(plan);

        var registration = new Registration(plan);
        try
        {
            registration.AttachAll();
        }
        catch
        {
            registration.Release(undoing: false);
            throw;
        }

        return registration;
    }

    /// <summary>Fails when a model, or a module in it, carries rules already.</summary>
    /// <param name="model">The model.</param>
    /// <exception cref="InvalidOperationException">It does; the message names the module.</exception>
    public static void ThrowIfRegistered(torch.nn.Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        foreach (var (name, module) in ModuleTree.Walk(model))
        {
            if (Registered.TryGetValue(module, out _))
            {
                throw new InvalidOperationException(
                    $"{Describe(name, module)} is registered already. Dispose the first registration before "
                        + "registering again."
                );
            }
        }
    }

    /// <summary>Whether a live registration has a rule for a module, or keeps its plain gradient on purpose.</summary>
    /// <param name="module">The module.</param>
    /// <returns>True when an entry decides about the relevance that passes it.</returns>
    internal static bool HasRule(torch.nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return Registered.TryGetValue(module, out var registration)
            && (
                registration._keepingGradient.Contains(module)
                || (registration._ruled.TryGetValue(module, out var ordered) && ordered?.CoversItsInside != false)
            );
    }

    /// <summary>Whether a live registration carries relevance through a module, with a rule there or without.</summary>
    /// <param name="module">The module.</param>
    /// <returns>False where nothing is registered, and where the registered rules are about gradients.</returns>
    internal static bool CarriesRelevance(torch.nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return Registered.TryGetValue(module, out var registration) && !registration._plan.KeepsGradients;
    }

    /// <summary>
    /// Throws the first exception that a rule raised in a backward pass since the last call, if any did.
    /// </summary>
    /// <exception cref="RelevanceException">A rule failed; the relevance below it is NaN.</exception>
    public void ThrowIfFaulted() => _journal.Faults.ThrowFirst();

    /// <summary>
    /// Removes every hook, undoes the canonizers and frees derived weights; doing it again does nothing.
    /// </summary>
    public void Dispose()
    {
        if (_state.IsDisposed)
        {
            return;
        }

        if (Volatile.Read(ref _reported) == 0 && _sites.Any(site => site.Called))
        {
            WarnAboutUncalled();
        }

        Release(undoing: true);
    }

    private static string Describe(string name, torch.nn.Module module) => RuleSite.TitleOf(name, module);

    /// <summary>The first backward pass begins: says where the plain gradient is no relevance rule.</summary>
    private void WarnAboutGradientsOnce()
    {
        if (_audit is { Warnings.Count: > 0 } audit && Interlocked.Exchange(ref _warned, 1) == 0)
        {
            Logger.LogWarning("{Warnings}", string.Join('\n', audit.Warnings));
        }
    }

    private void Release(bool undoing)
    {
        _state.IsDisposed = true;
        try
        {
            for (var i = _hooks.Count - 1; i >= 0; i--)
            {
                _hooks[i].Dispose();
            }
        }
        finally
        {
            _hooks.Clear();
            foreach (var (_, module) in _tree)
            {
                Registered.Remove(module);
            }

            if (undoing)
            {
                _undo?.Dispose();
            }

            if (_root is { Called: true })
            {
                ModelState.DetachHistory(Model); // of rules that are gone
            }

            foreach (var site in _sites.Concat(_functionSites))
            {
                site.Free();
            }

            _state.Kept.Dispose();
            _joining.Dispose();
            _journal.Dispose();
        }
    }
}
