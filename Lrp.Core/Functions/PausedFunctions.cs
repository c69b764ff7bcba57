using Lrp.Core.Audit;
using Lrp.Core.Hooks;
using Lrp.Core.Interception;
using Lrp.Core.Lineage;
using static TorchSharp.torch;

namespace Lrp.Core.Functions;

/// <summary>
/// Around a module that has a rule of its own the functions inside it have none: its rule decides about all of it.
/// Around one that keeps its plain gradient on purpose they have none either.
/// </summary>
/// <param name="site">The module.</param>
/// <param name="inner">Carries out the rule; null where there is none.</param>
/// <param name="acts">Whether the call that has just begun goes through a rule.</param>
/// <param name="isPaused">
/// Whether that rule, or a gradient that is kept on purpose, decides about all of the inside; it does not where it is
/// open whether there is a rule at all.
/// </param>
internal sealed class PausedFunctions(RuleSite site, IModuleInterceptor? inner, Func<bool> acts, Func<bool> isPaused)
    : IModuleInterceptor
{
    private readonly ThreadLocal<Stack<Paused>> _paused = new(() => new());

    public object?[] Before(nn.Module module, object?[] inputs)
    {
        var paused = _paused.Value!;
        while (paused.TryPeek(out var last) && last.Scope is { IsLeft: true })
        {
            paused.Pop(); // its module threw
        }

        var scope = OperatorInterception.Suspend();
        IReadOnlyList<TensorFact> facts = scope is null || site.IsSuspended ? [] : FactsOf(inputs);
        object?[] given;
        try
        {
            given = inner?.Before(module, inputs) ?? inputs;
        }
        catch
        {
            scope?.Dispose();
            throw;
        }

        if (!isPaused())
        {
            facts = scope is not null && acts() ? Continued(facts, given) : [];
            scope?.Dispose();
            scope = null;
        }

        paused.Push(new Paused(scope, facts));
        return given;
    }

    public object? After(nn.Module module, object?[] inputs, object? output)
    {
        Paused? ended = null;
        try
        {
            var result = inner is null ? output : inner.After(module, inputs, output);
            if (_paused.Value!.TryPop(out ended) && ended.Inputs.Count > 0)
            {
                Note(module, ended.Inputs, result);
            }

            return result;
        }
        finally
        {
            ended?.Scope?.Dispose();
        }
    }

    private List<TensorFact> FactsOf(object?[] inputs)
    {
        var lineage = ForwardTrace.Of(site).Lineage;
        return [.. inputs.SelectMany(TensorArguments.Copied).Select(lineage.Find).OfType<TensorFact>()];
    }

    /// <summary>
    /// The module is given other tensors than the caller's: what functions inside compute is traced from these.
    /// </summary>
    private IReadOnlyList<TensorFact> Continued(IReadOnlyList<TensorFact> facts, object?[] given)
    {
        var lineage = ForwardTrace.Of(site).Lineage;
        foreach (var tensor in given.SelectMany(TensorArguments.Copied).Where(tensor => tensor.requires_grad))
        {
            lineage.Begin(tensor);
        }

        return facts;
    }

    private void Note(nn.Module module, IReadOnlyList<TensorFact> inputs, object? output)
    {
        var type = module.GetType();
        var note = new AuditNote(type.Name, site.Name, site.Rule is null ? null : SafeText.Of(site.Rule), null);
        var trait = LibraryModules.Include(module) ? OperatorTraits.OfModule(type) : null;
        foreach (var fact in ForwardTrace.Of(site).Lineage.NoteModule(inputs, TensorArguments.Copied(output), trait))
        {
            fact.Note = note;
        }
    }

    private sealed record Paused(OperatorInterception? Scope, IReadOnlyList<TensorFact> Inputs);
}
