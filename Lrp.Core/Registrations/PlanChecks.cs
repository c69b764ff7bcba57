using Lrp.Core.Hooks;
using TorchSharp;

namespace Lrp.Core.Registrations;

/// <summary>What of a plan is known to be impossible before anything is attached.</summary>
internal static class PlanChecks
{
    /// <summary>
    /// Fails when a rule is not defined for its place, or a part of the plan has to see more of the model.
    /// </summary>
    /// <exception cref="ArgumentException">The message names the rule, its place and the reason.</exception>
    public static void ThrowIfImpossible(RegistrationPlan plan)
    {
        foreach (var (name, module, rule) in plan.Rules)
        {
            ThrowIfUndefined(name, module, rule);
        }

        if (plan.Detail == RegistrationDetail.RulesOnly && NeedsWholeModel(plan) is { } reason)
        {
            throw new ArgumentException($"{nameof(RegistrationDetail.RulesOnly)} leaves out {reason}.");
        }

        ThrowIfNoneFits(plan.CalledFirst);
        ThrowIfNoneFits(plan.CalledLast);
        ThrowIfFunctionsAreOutOfReach(plan);
        foreach (var (key, rule) in plan.Functions)
        {
            if (rule is not null && key.Validate(rule) is { } obstacle)
            {
                throw new ArgumentException($"{rule} is not defined for the function {key}: {obstacle}");
            }
        }
    }

    /// <summary>Fails when a rule cannot be used on a module.</summary>
    /// <exception cref="ArgumentException">It cannot; the message names both and the reason.</exception>
    private static void ThrowIfUndefined(string name, torch.nn.Module module, BackwardRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        if (!ModuleHooks.CanAttach(module))
        {
            throw new ArgumentException(
                $"{rule} cannot be used on {RuleSite.TitleOf(name, module)}: it has no call() of its own. Match the "
                    + "modules inside it."
            );
        }

        if (rule.Validate(module) is { } reason)
        {
            throw new ArgumentException($"{rule} is not defined for {RuleSite.TitleOf(name, module)}: {reason}");
        }
    }

    /// <summary>Fails when none of the modules that may be called first, or last, can take its rule.</summary>
    /// <exception cref="ArgumentException">The message names the one that is declared first.</exception>
    private static void ThrowIfNoneFits(
        IReadOnlyList<(string Name, torch.nn.Module Module, BackwardRule? Rule)> candidates
    )
    {
        if (
            candidates.Count > 0
            && candidates.All(candidate =>
                candidate.Rule is { } rule
                && (!ModuleHooks.CanAttach(candidate.Module) || rule.Validate(candidate.Module) is not null)
            )
        )
        {
            var (name, module, rule) = candidates[0];
            ThrowIfUndefined(name, module, rule!);
        }
    }

    /// <summary>Functions have rules while the model runs, and a rule that runs a module again does it later.</summary>
    private static void ThrowIfFunctionsAreOutOfReach(RegistrationPlan plan)
    {
        var outside = plan.Rules.FirstOrDefault(entry => entry.Rule.LeavesTheInside);
        if (outside.Rule is not null && plan.Functions.FirstOrDefault(entry => entry.Rule is not null) is { } entry)
        {
            throw new ArgumentException(
                $"{outside.Rule} runs {RuleSite.TitleOf(outside.Name, outside.Module)} again in the backward pass, "
                    + $"where the function {entry.Key} has no rule. Leave out the entries for functions, and "
                    + "use modules for them (Lrp.Rules.Modules)."
            );
        }
    }

    /// <summary>What of a plan needs to see the calls of the whole model; null for nothing.</summary>
    private static string? NeedsWholeModel(RegistrationPlan plan) =>
        plan.Start != RelevanceStart.Gradient ? "the model's output, so that relevance has to begin as the gradient"
        : plan.Functions.Count > 0 ? "functions, which have entries"
        : plan.CalledFirst.Count + plan.CalledLast.Count > 0 ? "the order of calls, on which entries depend"
        : plan.BeforeFirstCall is not null ? "the first call, at which a canonizer acts"
        : null;
}
