using Lrp.Core.Engine;
using Lrp.Core.Functions;
using Lrp.Core.Hooks;
using Lrp.Core.Ordering;
using TorchSharp;

namespace Lrp.Core.Registrations;

public sealed partial class Registration
{
    private readonly CallOrder _firstOfCalls = new(isFirst: true);
    private readonly CallOrder _lastOfCalls = new(isFirst: false);

    /// <summary>
    /// The modules with a rule and those that may get one by the order of calls, in the model's order.
    /// </summary>
    private IEnumerable<(string Name, torch.nn.Module Module, BackwardRule? Rule)> WithCandidates()
    {
        var ruled = _plan.Rules.Select(entry => entry.Module).ToHashSet<object>(ReferenceEqualityComparer.Instance);
        var positions = _tree
            .Select((entry, position) => (entry.Module, position))
            .ToDictionary(entry => (object)entry.Module, entry => entry.position, ReferenceEqualityComparer.Instance);
        return _plan
            .Rules.Select(entry => (entry.Name, entry.Module, (BackwardRule?)entry.Rule))
            .Concat(
                _plan
                    .CalledFirst.Concat(_plan.CalledLast)
                    .Where(entry => ModuleHooks.CanAttach(entry.Module) && ruled.Add(entry.Module))
                    .Select(entry => (entry.Name, entry.Module, (BackwardRule?)null))
            )
            .OrderBy(entry => positions.GetValueOrDefault(entry.Module, int.MaxValue));
    }

    private bool FunctionsHaveRules => _plan.Functions.Any(entry => entry.Rule is not null);

    private void AttachRule(RuleSite root, string name, torch.nn.Module module, BackwardRule? rule)
    {
        var site = NewSite(name, module, rule);
        var ordered = OrderedRuleOf(site, rule);
        _sites.Add(site);
        _ruled.Add(module, ordered);
        var interceptor = ordered is null
            ? Certain(site, rule!)
            : new RelevanceInterceptor(site, ordered.AtCall, _joining);
        if (Intercepts)
        {
            interceptor = new PausedFunctions(
                site,
                interceptor,
                () => ordered?.Acts != false,
                () => ordered?.CoversItsInside != false
            );
        }

        Func<BackwardRule?> ruleOfCall = ordered is null ? () => rule : ordered.AtForward;
        _parameters.Add(
            site,
            new RelevanceInterceptor(site, ruleOfCall, new NoJoining()),
            () => ruleOfCall() is not null
        );

        _hooks.Add(
            HookOrder.AttachInnermost(
                module,
                ReferenceEquals(module, Model) ? new NestedInterceptor(Whole(root), interceptor) : interceptor
            )
        );
    }

    private IModuleInterceptor Certain(RuleSite site, BackwardRule rule) =>
        _plan.Detail == RegistrationDetail.RulesOnly
            ? new RelevanceInterceptor(site, () => rule, new NoJoining())
            : _joining.Intercept(site, rule, new RelevanceInterceptor(site, () => rule, _joining));

    /// <summary>What the order of calls decides about a module; null where its rule is certain.</summary>
    private OrderedRule? OrderedRuleOf(RuleSite site, BackwardRule? rule)
    {
        var first = Ranked(_firstOfCalls, _plan.CalledFirst);
        var last = Ranked(_lastOfCalls, _plan.CalledLast);
        return first is null && last is null ? null : new OrderedRule(site, rule, first, last, FunctionsHaveRules);

        RankedRule? Ranked(
            CallOrder order,
            IReadOnlyList<(string Name, torch.nn.Module Module, BackwardRule? Rule)> candidates
        ) =>
            candidates
                .Where(candidate => ReferenceEquals(candidate.Module, site.Module))
                .Select(candidate => new RankedRule(order, candidate.Rule, candidate.Rule?.Validate(site.Module)))
                .FirstOrDefault();
    }
}
