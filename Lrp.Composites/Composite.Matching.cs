using Lrp.Core;
using TorchSharp;

namespace Lrp.Composites;

public sealed partial class Composite
{
    /// <summary>
    /// The modules that an entry matches, with its rule, in the model's order; entries for the first and last layer,
    /// about which the first forward pass decides, left out.
    /// </summary>
    private List<(string Name, torch.nn.Module Module, BackwardRule? Rule)> Match(torch.nn.Module model)
    {
        var named = Named(model);
        var matches = new List<(string, torch.nn.Module, BackwardRule?)>();
        foreach (var (name, module) in ModuleTree.Walk(model))
        {
            if (named.TryGetValue(module, out var entry))
            {
                matches.Add((name, module, entry.Rule));
            }
            else if (_modules.Find(entry => entry.Matches(name, module)) is { } matched)
            {
                matches.Add((name, module, matched.Rule));
            }
        }

        return matches;
    }

    /// <summary>
    /// The modules of which the first, or last, to be called is the one that the layer entries mean, each with the rule
    /// that it has then. The rule of an entry with its name counts before.
    /// </summary>
    private List<(string Name, torch.nn.Module Module, BackwardRule? Rule)> Candidates(
        torch.nn.Module model,
        bool isFirst
    )
    {
        var entries = _layers.FindAll(entry => entry.Key.IsFirst == isFirst);
        var named = entries.Count == 0 ? [] : Named(model);
        var candidates = new List<(string, torch.nn.Module, BackwardRule?)>();
        foreach (var (name, module) in entries.Count == 0 ? [] : ModuleTree.Walk(model))
        {
            if (entries.Find(entry => ModuleTypes.Match(entry.Key.Types, module)) is { } entry)
            {
                candidates.Add((name, module, named.TryGetValue(module, out var byName) ? byName.Rule : entry.Rule));
            }
        }

        return candidates;
    }

    /// <summary>The modules that an entry with a name matches, by any of their names.</summary>
    private Dictionary<torch.nn.Module, NameEntry> Named(torch.nn.Module model)
    {
        var named = new Dictionary<torch.nn.Module, NameEntry>(ReferenceEqualityComparer.Instance);
        foreach (
            var names in ModuleTree
                .WalkAllNames(model)
                .GroupBy(entry => entry.Module, entry => entry.Name, ReferenceEqualityComparer.Instance)
        )
        {
            if (_names.Find(entry => names.Any(entry.Pattern.Matches)) is { } match)
            {
                named.Add((torch.nn.Module)names.Key!, match);
            }
        }

        return named;
    }
}
