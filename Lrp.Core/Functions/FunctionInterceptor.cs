using Lrp.Core.Hooks;
using static TorchSharp.torch;

namespace Lrp.Core.Functions;

/// <summary>Gives the functions inside a model's forward their rules, on the calling thread, from the model's pre-hook to its hook.</summary>
internal sealed class FunctionInterceptor : IModuleInterceptor, IDisposable
{
    private static readonly InterceptionOptions Options = new() { OnlyWithGradients = true, EndsWithModuleCall = true };

    private readonly Dictionary<string, (FunctionKey Key, Rule Rule, RuleSite Site)?> _rules = [];
    private readonly string[] _operators;
    private readonly RuleSite _root;
    private readonly ThreadLocal<Stack<OperatorInterception>> _entered = new(() => new());

    /// <summary>The first entry that names an operator decides about it.</summary>
    public FunctionInterceptor(IReadOnlyList<FunctionEntry> entries, RuleSite root, Func<FunctionEntry, RuleSite> siteOf)
    {
        _root = root;
        foreach (var entry in entries)
        {
            var site = entry.Rule is null ? null : siteOf(entry);
            foreach (var name in entry.Key.Operators)
                _rules.TryAdd(name, site is null ? null : (entry.Key, entry.Rule!, site));
        }
        _operators = [.. _rules.Where(rule => rule.Value is not null).Select(rule => rule.Key)];
        if (_operators.Length > 0)
            OperatorInterception.ThrowIfUnavailable();
    }

    public object?[] Before(nn.Module module, object?[] inputs)
    {
        if (_root.IsSuspended || _operators.Length == 0)
            return inputs;
        OperatorInterception.LeaveAbandoned();
        var entered = _entered.Value!;
        while (entered.TryPeek(out var last) && last.IsLeft)
            entered.Pop();
        var parameters = new Lazy<HashSet<nint>>(() => [.. module.parameters().Select(OperatorInterception.IdentityOf)]);
        entered.Push(OperatorInterception.Enter(_operators, call => Answer(call, parameters), Options));
        return inputs;
    }

    public object? After(nn.Module module, object?[] inputs, object? output)
    {
        if (!_root.IsSuspended && _entered.Value!.TryPop(out var scope))
            scope.Dispose();
        return output;
    }

    public void Dispose()
    {
        if (!_entered.IsValueCreated)
            return;
        foreach (var scope in _entered.Value!)
            scope.Dispose();
        _entered.Value.Clear();
    }

    private object? Answer(OperatorCall call, Lazy<HashSet<nint>> parameters)
    {
        if (!_rules.TryGetValue(call.FullName, out var rule) && !_rules.TryGetValue(call.Operator, out rule) || rule is not { } found)
            return OperatorCall.LetThrough;
        found.Site.MarkCalled();
        return found.Key.Apply(found.Rule, call.WithConstants(tensor => IsParameter(tensor, parameters)), found.Site);
    }

    private static bool IsParameter(Tensor tensor, Lazy<HashSet<nint>> parameters) =>
        tensor.requires_grad && tensor.is_leaf && parameters.Value.Contains(OperatorInterception.IdentityOf(tensor));
}
