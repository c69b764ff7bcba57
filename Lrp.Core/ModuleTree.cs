using TorchSharp;

namespace Lrp.Core;

/// <summary>The modules of a model with their names, in the order in which they are declared.</summary>
public static class ModuleTree
{
    /// <summary>Lists a model and everything inside it, parents before children, depth first.</summary>
    /// <param name="root">The model; its own name is the empty string.</param>
    /// <returns>
    /// Every module once, under the first name that leads to it; names as in a state dict (<c>features.3</c>).
    /// </returns>
    public static IReadOnlyList<(string Name, torch.nn.Module Module)> Walk(torch.nn.Module root)
    {
        ArgumentNullException.ThrowIfNull(root);
        var seen = new HashSet<torch.nn.Module>(ReferenceEqualityComparer.Instance);
        return [.. Paths(root, "").Where(entry => seen.Add(entry.Module))];
    }

    /// <summary>Every name that leads to a module, a module that is used twice having two.</summary>
    /// <param name="root">The model.</param>
    /// <returns>Names and modules, parents before children, depth first.</returns>
    public static IReadOnlyList<(string Name, torch.nn.Module Module)> WalkAllNames(torch.nn.Module root)
    {
        ArgumentNullException.ThrowIfNull(root);
        return [.. Paths(root, "")];
    }

    /// <summary>The modules without children, in order.</summary>
    /// <param name="root">The model.</param>
    /// <returns>Names and modules; a model without children is its own only leaf.</returns>
    public static IReadOnlyList<(string Name, torch.nn.Module Module)> Leaves(torch.nn.Module root) =>
        [.. Walk(root).Where(entry => !entry.Module.named_children().Any())];

    private static IEnumerable<(string Name, torch.nn.Module Module)> Paths(torch.nn.Module module, string name)
    {
        yield return (name, module);
        foreach (var (child, submodule) in module.named_children())
        {
            if (submodule is null)
            {
                continue;
            }

            foreach (var entry in Paths(submodule, name.Length == 0 ? child : $"{name}.{child}"))
            {
                yield return entry;
            }
        }
    }
}
