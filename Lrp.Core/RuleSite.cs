using Lrp.Core.Engine;
using Microsoft.Extensions.Logging;
using TorchSharp;

namespace Lrp.Core;

/// <summary>One place of a registered model at which a rule is used.</summary>
public sealed class RuleSite
{
    private readonly Registration registration;
    private readonly Dictionary<object, IDisposable> kept = [];
    private int called;

    internal RuleSite(Registration registration, string name, torch.nn.Module module, Rule? rule, bool isFunction = false)
    {
        IsFunction = isFunction;
        this.registration = registration;
        Name = name;
        Module = module;
        Rule = rule;
    }

    /// <summary>Whether the place stands for every call of a function in the model's forward, rather than for a module.</summary>
    public bool IsFunction { get; }

    /// <summary>The module's name inside the model, or the function's; empty for the model itself.</summary>
    public string Name { get; }

    /// <summary>The module; for a function, the model that calls it.</summary>
    public torch.nn.Module Module { get; }

    /// <summary>The rule used here; null where relevance is only watched.</summary>
    public Rule? Rule { get; }

    /// <summary>Where warnings go.</summary>
    public ILogger Logger => registration.Logger;

    /// <summary>The module's name for messages: <c>'features.3' (Conv2d)</c>.</summary>
    public string Title => IsFunction ? $"the function {Name}" : Name.Length == 0
        ? $"the model ({Module.GetType().Name})"
        : $"'{Name}' ({Module.GetType().Name})";

    /// <summary>Whether the module has been called since registration.</summary>
    public bool Called => Volatile.Read(ref called) != 0;

    /// <summary>
    /// Whether a rule is running the model's modules itself on this thread, so that interceptors must not act.
    /// </summary>
    public bool IsSuspended => registration.IsSuspended;

    /// <summary>Whether some module of the model overwrites its input, so that values kept for later need a copy.</summary>
    public bool ModelWorksInPlace => registration.ModelWorksInPlace;

    /// <summary>Notes that the module has been called.</summary>
    public void MarkCalled() => Volatile.Write(ref called, 1);

    /// <summary>Runs the module's <c>forward</c> without any hooks of this registration.</summary>
    /// <param name="input">The argument of a module that takes one tensor and returns one; not changed.</param>
    /// <returns>The result.</returns>
    /// <exception cref="NotSupportedException">The module takes or returns something else.</exception>
    public torch.Tensor Rerun(torch.Tensor input) => Module is torch.nn.Module<torch.Tensor, torch.Tensor> module
        ? Suspended(() => module.forward(InPlace.Works(Module) ? input.clone() : input))
        : throw new NotSupportedException($"{Title} does not map one tensor to one tensor.");

    /// <summary>The forward pass of the registered model that runs on this thread, if one does.</summary>
    internal ForwardPass? ForwardPass => registration.ForwardPass;

    /// <summary>Runs modules with every interceptor of this registration asleep on this thread.</summary>
    /// <typeparam name="T">What the action returns.</typeparam>
    /// <param name="action">What to run.</param>
    /// <returns>The action's result.</returns>
    public T Suspended<T>(Func<T> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        using (registration.Suspend())
        {
            return action();
        }
    }

    /// <summary>
    /// Keeps an exception that must not leave a backward pass; it is logged now and thrown at the next call that can.
    /// </summary>
    /// <param name="exception">What went wrong.</param>
    public void Fault(Exception exception) => registration.AddFault(this, exception);

    /// <summary>
    /// Reports the relevance that arrived at this place's outputs and what was handed on to its inputs; a place that
    /// is used several times in one pass reports several times.
    /// </summary>
    /// <param name="outputs">Relevance at each output; null where none arrived.</param>
    /// <param name="inputs">Relevance at each input that takes part.</param>
    public void Report(IReadOnlyList<torch.Tensor?> outputs, IReadOnlyList<torch.Tensor?> inputs) =>
        registration.Journal.Report(this, outputs, inputs);

    /// <summary>Reports this place and the one behind it, which handed the relevance on unchanged.</summary>
    internal void ReportBehind(RuleSite passed, IReadOnlyList<torch.Tensor?> outputs, IReadOnlyList<torch.Tensor?> inputs) =>
        registration.Journal.ReportJoined(passed, this, outputs, inputs);

    /// <summary>
    /// Something computed once for this place and freed with the registration, such as derived weights.
    /// </summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="key">A name for it.</param>
    /// <param name="create">Makes it on first use.</param>
    /// <returns>The kept instance.</returns>
    public T Keep<T>(object key, Func<T> create)
        where T : class, IDisposable
    {
        ArgumentNullException.ThrowIfNull(create);
        lock (kept)
        {
            if (!kept.TryGetValue(key, out var value))
            {
                ObjectDisposedException.ThrowIf(registration.IsDisposed, registration);
                kept[key] = value = create();
            }

            return (T)value;
        }
    }

    internal void Free()
    {
        lock (kept)
        {
            foreach (var value in kept.Values)
            {
                value.Dispose();
            }

            kept.Clear();
        }
    }
}
