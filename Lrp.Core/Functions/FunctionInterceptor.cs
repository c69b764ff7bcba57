using System.Collections.Concurrent;
using Lrp.Core.Audit;
using Lrp.Core.Hooks;
using Lrp.Core.Interception;
using Lrp.Core.Lineage;
using static TorchSharp.torch;

namespace Lrp.Core.Functions;

/// <summary>
/// Sees every operator inside a model's forward, on the calling thread, from the model's pre-hook to its hook: gives
/// the functions their rules, notes what each tensor was computed from, and keeps the audit.
/// </summary>
internal sealed class FunctionInterceptor : IModuleInterceptor, IDisposable
{
    private static readonly InterceptionOptions Options = new() { OnlyWithGradients = true, EndsWithModuleCall = true };

    private readonly FunctionSites _sites;
    private readonly ConcurrentDictionary<string, IReadOnlyList<FunctionSites.Entry>> _answers = new();
    private readonly RuleSite _root;
    private readonly ParameterCalls _parameters;
    private readonly ThreadLocal<Stack<OperatorInterception>> _entered = new(() => new(), trackAllValues: true);
    private readonly FrozenParameters _frozen;
    private readonly Func<ParameterUse?> _audited;
    private readonly Action<IEnumerable<TensorFact>> _ended;

    /// <summary>
    /// Of several entries that stand for one operator the first that does not decline a call decides about it.
    /// </summary>
    /// <param name="sites">The functions that have rules.</param>
    /// <param name="parameters">The modules whose operators are found by their weight.</param>
    /// <param name="root">The model.</param>
    /// <param name="audited">Where a pass that is audited notes the parameters in use; null for other passes.</param>
    /// <param name="ended">Told of the model's outputs when a pass is over.</param>
    public FunctionInterceptor(
        FunctionSites sites,
        ParameterCalls parameters,
        RuleSite root,
        Func<ParameterUse?> audited,
        Action<IEnumerable<TensorFact>> ended
    )
    {
        _sites = sites;
        _root = root;
        _parameters = parameters;
        _audited = audited;
        _ended = ended;
        _frozen = new FrozenParameters(root.Module);
        if (sites.HaveRules)
        {
            _frozen.Freeze();
        }
    }

    public object?[] Before(nn.Module module, object?[] inputs)
    {
        if (_root.IsSuspended || !(_sites.HaveRules || _parameters.WereFound || _audited() is not null))
        {
            return inputs;
        }

        if (_sites.HaveRules)
        {
            _frozen.Freeze(); // parameters may be new, or require gradients again
        }

        OperatorInterception.LeaveAbandoned();
        var entered = _entered.Value!;
        while (entered.TryPeek(out var last) && last.IsLeft)
        {
            entered.Pop();
        }

        if (entered.Count == 0)
        {
            var trace = ForwardTrace.Of(_root);
            trace.Clear();
            (trace.Functions, trace.Handler) = (_sites, Answer);
            foreach (var input in inputs.SelectMany(TensorArguments.Copied).Where(tensor => tensor.requires_grad))
            {
                trace.Lineage.Begin(input);
            }

            _parameters.Begin();
        }

        entered.Push(OperatorInterception.Enter(null, Answer, Options));
        return inputs;
    }

    public object? After(nn.Module module, object?[] inputs, object? output)
    {
        if (_root.IsSuspended || !_entered.Value!.TryPop(out var scope))
        {
            return output;
        }

        scope.Dispose();
        if (_entered.Value!.Count == 0)
        {
            try
            {
                EndPass(ForwardTrace.Of(_root), output);
            }
            finally
            {
                ForwardTrace.Of(_root).Clear();
                _parameters.End();
            }
        }

        return output;
    }

    private void EndPass(ForwardTrace trace, object? output)
    {
        if (!is_grad_enabled())
        {
            return;
        }

        var outputs = TensorArguments.Copied(output).Select(trace.Lineage.Find).OfType<TensorFact>().ToList();
        if (trace.Undecided.Count > 0)
        {
            foreach (var fact in TensorFact.Carrying(outputs).OrderBy(fact => fact.Number))
            {
                if (trace.Undecided.TryGetValue(fact.Constants, out var exception))
                {
                    throw exception;
                }
            }
        }

        _ended(outputs);
    }

    public void Dispose()
    {
        _frozen.Dispose();
        foreach (var scopes in _entered.Values)
        {
            while (scopes.TryPop(out var scope))
            {
                scope.Dispose();
            }
        }
    }

    private object? Answer(OperatorCall call)
    {
        var trace = ForwardTrace.Of(_root);
        var operands = trace.Lineage.OperandsOf(call);
        _audited()?.Note(call);
        var constants = trace.Constants = [];
        trace.Carrier = null;
        string? rule = null;
        var isGradient = false;
        if (_parameters.TryApply(call, trace.Module, out var result) is { } owner)
        {
            rule = owner.Rule is null ? null : SafeText.Of(owner.Rule);
        }
        else if (Ruled(call, out result) is { } entry)
        {
            rule = entry.Rule is null ? "gradient, as the composite says" : SafeText.Of(entry.Rule);
        }
        else if (call.IsComposite && !IsKnown(OperatorTraits.Bare(call.Operator)))
        {
            return call.Decompose(); // the operators that it is made of get here in turn
        }
        else
        {
            isGradient = true;
            result = call.Invoke();
        }

        var note = new AuditNote(call.Operator, trace.Module, rule, isGradient ? ConcernOf(call, operands) : null);
        var carrier = trace.Carrier;
        foreach (var fact in trace.Lineage.Note(call, operands, result))
        {
            fact.Note = note;
            fact.Constants = constants;
            fact.Carrier = carrier;
        }

        return result;
    }

    /// <summary>Whether an operator is understood as it is; others are taken apart where that is possible.</summary>
    private static bool IsKnown(string name) => OperatorTraits.Of(name) is not null || Concern.IsKnown(name);

    private static Concern? ConcernOf(OperatorCall call, List<TensorFact?> operands)
    {
        var computed = operands.Count(operand => operand is not null);
        var isSecond = computed == 1 && operands is [null, not null, ..];
        return Concern.About(OperatorTraits.Bare(call.Operator), computed, isSecond || call.Operator == "aten::rsub");
    }

    private FunctionEntry? Ruled(OperatorCall call, out object? result)
    {
        foreach (var (_, entry, site) in _answers.GetOrAdd(call.FullName, _ => _sites.For(call)))
        {
            if (site is null)
            {
                if (!entry.Key.Includes(call, _root))
                {
                    continue;
                }

                result = call.Invoke();
                return entry;
            }

            result = Apply(entry, call, site);
            if (ReferenceEquals(result, FunctionKey.Declined))
            {
                continue;
            }

            site.MarkCalled();
            if (ReferenceEquals(result, OperatorCall.LetThrough))
            {
                result = call.Invoke();
            }

            return entry;
        }

        result = null;
        return null;
    }

    private static object? Apply(FunctionEntry entry, OperatorCall call, RuleSite site)
    {
        try
        {
            return entry.Key.Apply(entry.Rule!, call, site);
        }
        catch (Exception exception)
        {
            site.Fault(exception); // the caller gets its message; the registration throws it itself
            throw;
        }
    }
}
