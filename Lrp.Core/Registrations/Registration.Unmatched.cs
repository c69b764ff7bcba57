using Lrp.Core.Embeddings;
using Lrp.Core.Functions;
using Lrp.Core.Hooks;
using Microsoft.Extensions.Logging;
using TorchSharp;

namespace Lrp.Core.Registrations;

// Modules with parameters for which the composite has no entry.
public sealed partial class Registration
{
    private void WarnAboutUnmatched(List<(string Name, torch.nn.Module Module)> unmatched)
    {
        if (unmatched.Count > 0)
        {
            Logger.LogWarning(
                "No entry of the composite matched {Modules}, which have parameters: relevance follows their "
                    + "plain gradient{Except}. Add an entry, or an entry with null to keep the gradient on "
                    + "purpose.{Remedies}",
                string.Join(", ", unmatched.Select(entry => Describe(entry.Name, entry.Module))),
                _plan.Functions.Any(entry => entry.Rule is not null) ? ", except in functions that have rules" : "",
                string.Concat(
                    unmatched
                        .Select(entry => LibraryFunctions.Remedy(entry.Module))
                        .OfType<string>()
                        .Distinct()
                        .Select(remedy => $" {remedy}.")
                )
            );
        }
    }

    /// <summary>
    /// Fails where functions have rules that cannot reach into a module which torch computes in one operator.
    /// </summary>
    private void ThrowIfHidden(List<(string Name, torch.nn.Module Module)> unmatched)
    {
        foreach (var (name, module) in unmatched)
        {
            if (!IsInsideOfRule(name) && LibraryFunctions.Refusal(module, _plan.Functions) is { } reason)
            {
                throw new ArgumentException($"{Describe(name, module)} {reason}");
            }
        }
    }

    private List<(string Name, torch.nn.Module Module)> Unmatched()
    {
        var handled = new HashSet<torch.nn.Module>(
            _sites.Where(HasEntry).Select(site => site.Module).Concat(_plan.Excluded),
            ReferenceEqualityComparer.Instance
        );
        return
        [
            .. _tree.Where(entry =>
                !handled.Contains(entry.Module)
                && entry.Module.parameters(false).Any()
                && !EmbeddingModules.Include(entry.Module)
                && entry.Module is not INeedsNoInterception
                && !HasRulesOfFunctions(entry.Name, entry.Module)
            ),
        ];
    }

    /// <summary>
    /// Whether an entry decides about a module, or may still do so: one that might have been the first or last layer
    /// and was not has no entry.
    /// </summary>
    private bool HasEntry(RuleSite site) =>
        site.Rule is not null || _ruled[site.Module] is { } ordered && (ordered.IsOpen || ordered.IsChosen);

    /// <summary>
    /// Whether the operators in a module of somebody's own are seen: the audit tells which of them have no rule.
    /// </summary>
    private bool SeesOwn(torch.nn.Module module) => Intercepts && !LibraryModules.Include(module);

    /// <summary>
    /// Whether the functions that compute a module have rules. Inside a module with a rule of its own they have none.
    /// </summary>
    private bool HasRulesOfFunctions(string name, torch.nn.Module module) =>
        (
            LibraryFunctions.HaveRules(module, _plan.Functions)
            || (SeesOwn(module) && _plan.Functions.Any(entry => entry.Rule is not null))
        ) && !IsInsideOfRule(name);

    private bool IsInsideOfRule(string name) =>
        _sites.Exists(site =>
            site.Rule is not null
            && (site.Name.Length == 0 || name.StartsWith(site.Name + ".", StringComparison.Ordinal))
        );
}
