using System.Collections.Concurrent;
using Lrp.Core.Hooks;
using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Core.Functions;

/// <summary>
/// Gives the functions inside a model's forward their rules, on the calling thread, from the model's pre-hook to its
/// hook.
/// </summary>
internal sealed class FunctionInterceptor : IModuleInterceptor, IDisposable
{
    private static readonly InterceptionOptions Options = new() { OnlyWithGradients = true, EndsWithModuleCall = true };

    private readonly Dictionary<string, List<Site>> _sites = [];
    private readonly string[] _operators;
    private readonly ConcurrentDictionary<string, Site[]> _answers = new();
    private readonly RuleSite _root;
    private readonly int _count;
    private readonly ThreadLocal<Stack<OperatorInterception>> _entered = new(() => new(), trackAllValues: true);
    private readonly FrozenParameters _frozen;

    /// <summary>
    /// Of several entries that stand for one operator the first that does not decline a call decides about it.
    /// </summary>
    /// <exception cref="ArgumentException">This libtorch has no operator for a function.</exception>
    /// <exception cref="InvalidOperationException">The native library is missing.</exception>
    public FunctionInterceptor(
        IReadOnlyList<FunctionEntry> entries,
        RuleSite root,
        Func<FunctionEntry, RuleSite> siteOf
    )
    {
        _root = root;
        if (entries.Any(entry => entry.Rule is not null))
        {
            OperatorInterception.ThrowIfUnavailable();
        }

        foreach (var entry in entries)
        {
            if (entry.Rule is not null && !entry.Key.Operators.Any(OperatorCall.ExistsByFullName))
            {
                throw new ArgumentException(
                    $"This libtorch has no operator for the function {entry.Key} "
                        + $"({string.Join(", ", entry.Key.Operators)}), so it "
                        + "computes it from others. Give those rules, or use the drop-in."
                );
            }

            _count++;
            var site = entry.Rule is null ? null : siteOf(entry);
            foreach (var name in entry.Key.Operators)
            {
                if (!_sites.TryGetValue(name, out var sites))
                {
                    _sites[name] = sites = [];
                }

                sites.Add(new Site(_count, entry, site));
            }
        }
        _operators =
        [
            .. _sites.Where(sites => sites.Value.Any(site => site.Rules is not null)).Select(sites => sites.Key),
        ];
        _frozen = new FrozenParameters(root.Module);
        if (_operators.Length > 0)
        {
            _frozen.Freeze();
        }
    }

    public object?[] Before(nn.Module module, object?[] inputs)
    {
        if (_root.IsSuspended || _operators.Length == 0)
        {
            return inputs;
        }

        _frozen.Freeze(); // parameters may be new, or require gradients again
        OperatorInterception.LeaveAbandoned();
        var entered = _entered.Value!;
        while (entered.TryPeek(out var last) && last.IsLeft)
        {
            entered.Pop();
        }

        entered.Push(OperatorInterception.Enter(_operators, Answer, Options));
        return inputs;
    }

    public object? After(nn.Module module, object?[] inputs, object? output)
    {
        if (!_root.IsSuspended && _entered.Value!.TryPop(out var scope))
        {
            scope.Dispose();
        }

        return output;
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

    /// <summary>The entries for an overload and for all overloads, in the composite's order.</summary>
    private Site[] EntriesFor(OperatorCall call) =>
        [
            .. new[] { call.FullName, call.Operator }
                .Distinct()
                .SelectMany(name => _sites.GetValueOrDefault(name) ?? [])
                .OrderBy(site => site.Number),
        ];

    private object? Answer(OperatorCall call)
    {
        foreach (var (_, entry, site) in _answers.GetOrAdd(call.FullName, _ => EntriesFor(call)))
        {
            if (site is null)
            {
                break; // keeps its plain gradient
            }

            var result = Apply(entry, call, site);
            if (ReferenceEquals(result, FunctionKey.Declined))
            {
                continue;
            }

            site.MarkCalled();
            return result;
        }
        return OperatorCall.LetThrough;
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

    private sealed record Site(int Number, FunctionEntry Entry, RuleSite? Rules);
}
