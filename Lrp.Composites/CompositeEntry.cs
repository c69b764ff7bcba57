using Lrp.Core;
using Lrp.Decomposition;
using TorchSharp;

namespace Lrp.Composites;

/// <summary>An entry that a module's type, or anything else about it, decides.</summary>
/// <param name="Key">The key as reports print it.</param>
/// <param name="Matches">Whether a module of a name matches.</param>
/// <param name="Rule">The rule; null for the plain gradient.</param>
internal sealed record ModuleEntry(string Key, Func<string, torch.nn.Module, bool> Matches, BackwardRule? Rule);

/// <summary>An entry with a rule for decomposition.</summary>
/// <param name="Key">The key as reports print it.</param>
/// <param name="Matches">Whether a module of a name matches.</param>
/// <param name="Rule">The rule.</param>
/// <param name="IsWholeModel">Whether it is the algorithm of everything that no other entry decides about.</param>
internal sealed record DecompositionEntry(
    string Key,
    Func<string, torch.nn.Module, bool> Matches,
    DecompositionRule Rule,
    bool IsWholeModel
);

/// <summary>An entry that a module's name decides.</summary>
internal sealed record NameEntry(NamePattern Pattern, BackwardRule? Rule);

/// <summary>An entry for the first or the last layer of some types.</summary>
internal sealed record LayerEntry(LayerKey Key, BackwardRule? Rule);
