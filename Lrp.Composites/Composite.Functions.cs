using Lrp.Core;
using Lrp.Core.Functions;
using Lrp.Core.Hooks;
using Lrp.Core.Interception;
using Lrp.Decomposition;
using Microsoft.Extensions.Logging;
using TorchSharp;

namespace Lrp.Composites;

public sealed partial class Composite
{
    /// <summary>Whether functions can be intercepted in this process; tests replace it.</summary>
    internal Func<bool> CanIntercept { get; set; } = () => OperatorInterception.IsAvailable;

    /// <summary>
    /// Adds entries for functions that are left out, with a warning, where functions cannot be intercepted.
    /// </summary>
    internal void AddWhereAvailable(IEnumerable<FunctionEntry> entries) =>
        _functions.AddRange(entries.Select(entry => entry with { IsOptional = true }));

    /// <summary>
    /// The entries for functions in the order in which they decide: a canonizer's come behind the composite's own and
    /// before those of a preset.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="decided">The modules for which an entry decides.</param>
    /// <param name="logger">Gets the warning.</param>
    private List<FunctionEntry> FunctionsFor(
        torch.nn.Module model,
        IEnumerable<torch.nn.Module> decided,
        ILogger? logger
    )
    {
        var functions = _functions.FindAll(entry => entry.Rule is not DecompositionRule);
        var preset = functions.FindIndex(entry => entry.IsOptional);
        functions.InsertRange(
            preset < 0 ? functions.Count : preset,
            _canonizers.SelectMany(canonizer => canonizer.Functions)
        );
        return preset < 0 || CanUse(model, decided, logger) ? functions : functions.FindAll(entry => !entry.IsOptional);
    }

    /// <summary>
    /// Whether a preset's entries for functions are of use: not in a model whose modules call none, which then costs
    /// nothing more, and not where functions cannot be intercepted.
    /// </summary>
    private bool CanUse(torch.nn.Module model, IEnumerable<torch.nn.Module> decided, ILogger? logger)
    {
        var ruled = decided.ToHashSet(ReferenceEqualityComparer.Instance);
        var calling = ModuleTree
            .Walk(model)
            .Where(entry => !ruled.Contains(entry.Module) && !ModuleTypes.CallsNoFunctions(entry.Module))
            .ToList();
        if (calling.Count == 0 || ruled.Contains(model))
        {
            return false;
        }

        var obstacle =
            !ModuleHooks.CanAttach(model) ? $"a {model.GetType().Name} has no call()"
            : !CanIntercept() ? "the native library lrp_dispatch is not available here (docs/install.md)"
            : null;
        if (obstacle is not null && calling.Exists(entry => !LibraryModules.Include(entry.Module)))
        {
            var (name, module) = calling.First(entry => !LibraryModules.Include(entry.Module));
            logger?.LogWarning(
                "Sums, pools, activations and other functions that a forward() calls, as that of {Module} may do, keep "
                    + "their plain gradient, since {Obstacle}: use modules for them, such as Lrp.Rules.Modules.Add and "
                    + "nn.ReLU.",
                RuleSite.TitleOf(name, module),
                obstacle
            );
        }

        return obstacle is null;
    }
}
