using System.Runtime.CompilerServices;
using Lrp.Core.Engine;
using Lrp.Core.Functions;
using Lrp.Core.Hooks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp;

namespace Lrp.Core;

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

    private readonly List<RuleSite> sites = [];
    private readonly List<RuleSite> functionSites = [];
    private readonly HashSet<torch.nn.Module> ruled = new(ReferenceEqualityComparer.Instance);
    private readonly List<IDisposable> hooks = [];
    private readonly Dictionary<string, RuleSite> watched = [];
    private readonly IDisposable? undo;
    private readonly IReadOnlyList<(string Name, torch.nn.Module Module)> tree;
    private readonly RegistrationPlan plan;
    private bool disposed;
    private int reported;

    private Registration(RegistrationPlan plan)
    {
        this.plan = plan;
        Model = plan.Model;
        Logger = plan.Logger ?? NullLogger.Instance;
        undo = plan.Undo;
        tree = ModuleTree.Walk(plan.Model);
        ModelWorksInPlace = tree.Any(entry => InPlace.Works(entry.Module));
        Journal = new RelevanceJournal();
    }

    /// <summary>The registered model.</summary>
    public torch.nn.Module Model { get; }

    /// <summary>Where warnings go.</summary>
    public ILogger Logger { get; }

    /// <summary>The places that have a rule, in the model's order.</summary>
    public IReadOnlyList<RuleSite> Sites => sites;

    /// <summary>Whether the registration has been disposed.</summary>
    public bool IsDisposed => disposed;

    /// <summary>What the relevance at the model's output is.</summary>
    public RelevanceStart Start => plan.Start;

    internal bool ModelWorksInPlace { get; }

    internal RelevanceJournal Journal { get; }

    /// <summary>Attaches rules to a model. A composite calls this; call it to attach rules picked by hand.</summary>
    /// <param name="plan">The model, its places and their rules.</param>
    /// <returns>The registration, to be disposed.</returns>
    /// <exception cref="InvalidOperationException">The model, or a module in it, is registered already.</exception>
    /// <exception cref="ArgumentException">A rule is not defined for its module, or the module cannot be hooked.</exception>
    public static Registration Attach(RegistrationPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ThrowIfRegistered(plan.Model);
        foreach (var (name, module, rule) in plan.Places)
        {
            ThrowIfUndefined(name, module, rule);
        }

        foreach (var (key, rule) in plan.Functions)
        {
            if (rule is not null && key.ObjectionTo(rule) is { } objection)
            {
                throw new ArgumentException($"{rule} is not defined for the function {key}: {objection}");
            }
        }

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
                    $"{Describe(name, module)} is registered already. Dispose the first registration before registering again.");
            }
        }
    }

    /// <summary>Whether a module is one that a live registration has a rule for.</summary>
    /// <param name="module">The module.</param>
    /// <returns>True when its rule decides about the relevance that passes it.</returns>
    public static bool HasRule(torch.nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return Registered.TryGetValue(module, out var registration) && registration.ruled.Contains(module);
    }

    /// <summary>Fails when a rule cannot be used on a module.</summary>
    /// <param name="name">The module's name inside the model.</param>
    /// <param name="module">The module.</param>
    /// <param name="rule">The rule.</param>
    /// <exception cref="ArgumentException">It cannot; the message names both and the reason.</exception>
    public static void ThrowIfUndefined(string name, torch.nn.Module module, ModuleRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        if (!ModuleHooks.CanAttach(module))
        {
            throw new ArgumentException(
                $"{rule} cannot be used on {Describe(name, module)}: it has no call() of its own. Match the modules inside it.");
        }

        if (rule.ObjectionTo(module) is { } objection)
        {
            throw new ArgumentException($"{rule} is not defined for {Describe(name, module)}: {objection}");
        }
    }

    /// <summary>
    /// Throws the first exception that a rule raised in a backward pass since the last call, if any did.
    /// </summary>
    /// <exception cref="RelevanceException">A rule failed; the relevance below it is NaN.</exception>
    public void ThrowIfFaulted()
    {
        if (Journal.TakeFaults() is { Count: > 0 } faults)
        {
            throw faults[0];
        }
    }

    /// <summary>Removes every hook, undoes the canonizers and frees derived weights; doing it again does nothing.</summary>
    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        if (sites.Any(site => site.Called))
        {
            WarnAboutUncalled();
        }

        Release(undoing: true);
    }

    internal void AddFault(RuleSite site, Exception exception)
    {
        var message = $"{SafeText.Of(site.Rule)} failed at {site.Title}: {SafeText.Of(exception)}";
        Journal.AddFault(new RelevanceException(message, exception));
        try
        {
            Logger.LogError(exception, "{Message}", message);
        }
        catch (Exception failure)
        {
            // This runs inside a backward pass, which no exception may leave.
            Journal.AddFault(new RelevanceException($"The logger failed: {SafeText.Of(failure)}", failure));
        }
    }

    /// <summary>The forward pass of the whole model is over; says once which matched modules it left out.</summary>
    internal void EndForward()
    {
        forwardPass.Value?.Dispose();
        forwardPass.Value = null;
        if (Interlocked.Exchange(ref reported, 1) == 0)
        {
            WarnAboutUncalled();
        }
    }

    private static string Describe(string name, torch.nn.Module module) =>
        name.Length == 0 ? $"the model ({module.GetType().Name})" : $"'{name}' ({module.GetType().Name})";

    private void AttachAll()
    {
        foreach (var (_, module) in tree)
        {
            Registered.AddOrUpdate(module, this);
        }

        var root = new RuleSite(this, "", Model, null);
        foreach (var (name, module, rule) in plan.Places)
        {
            var site = new RuleSite(this, name, module, rule);
            sites.Add(site);
            ruled.Add(module);
            var interceptor = rule.Intercept(site);
            interceptor = plan.Functions.Count > 0 ? new PausedFunctions(interceptor) : interceptor;
            hooks.Add(ModuleHooks.Attach(
                module,
                ReferenceEquals(module, Model) ? new NestedInterceptor(new ModelInterceptor(this, root), interceptor) : interceptor));
        }

        if (ModuleHooks.CanAttach(Model))
        {
            if (!sites.Any(site => ReferenceEquals(site.Module, Model)))
            {
                hooks.Add(ModuleHooks.Attach(Model, new ModelInterceptor(this, root)));
            }

            if (plan.Functions.Count > 0 && !sites.Any(site => ReferenceEquals(site.Module, Model)))
            {
                var functions = new FunctionInterceptor(plan.Functions, root, SiteOf);
                hooks.Add(functions);
                hooks.Add(ModuleHooks.Attach(Model, functions));
            }
        }
        else if (plan.Functions.Count > 0)
        {
            throw new ArgumentException(
                $"Functions are given rules while the model's call() runs, and {Describe("", Model)} has none.");
        }

        WarnAboutUnmatched();
    }

    private RuleSite SiteOf(FunctionEntry entry)
    {
        var site = new RuleSite(this, entry.Key.Name, Model, entry.Rule, isFunction: true);
        functionSites.Add(site);
        return site;
    }

    private void WarnAboutUnmatched()
    {
        var unmatched = Unmatched();
        if (unmatched.Count > 0)
        {
            Logger.LogWarning(
                "No entry of the composite matched {Modules}, which have parameters: relevance follows their plain gradient. "
                + "Add an entry, or null to leave them alone on purpose.",
                string.Join(", ", unmatched.Select(entry => Describe(entry.Name, entry.Module))));
        }
    }

    private List<(string Name, torch.nn.Module Module)> Unmatched()
    {
        var handled = new HashSet<torch.nn.Module>(
            plan.Places.Select(place => place.Module).Concat(plan.LeftAlone), ReferenceEqualityComparer.Instance);
        return [.. tree.Where(entry => !handled.Contains(entry.Module) && entry.Module.parameters(false).Any())];
    }

    private void WarnAboutUncalled()
    {
        var uncalled = Uncalled();
        if (uncalled.Count > 0)
        {
            Logger.LogWarning(
                "{Modules} matched but were not called through call(): TorchSharp runs no hooks for forward(), so their rules had no effect.",
                string.Join(", ", uncalled.Select(site => site.Title)));
        }
    }

    private List<RuleSite> Uncalled() => [.. sites.Where(site => !site.Called)];

    private void Release(bool undoing)
    {
        disposed = true;
        try
        {
            for (var i = hooks.Count - 1; i >= 0; i--)
            {
                hooks[i].Dispose();
            }
        }
        finally
        {
            hooks.Clear();
            foreach (var (_, module) in tree)
            {
                Registered.Remove(module);
            }

            if (undoing)
            {
                undo?.Dispose();
            }

            foreach (var site in sites.Concat(functionSites))
            {
                site.Free();
            }

            foreach (var pass in forwardPass.Values)
            {
                pass?.Dispose();
            }

            Journal.Dispose();
        }
    }
}
