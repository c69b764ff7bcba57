using TorchSharp;

namespace Lrp.Core;

/// <summary>The modules of a model with their names, in the order in which they are declared.</summary>
public static class ModuleTree
{
    private const int MostNames = 64;

    /// <summary>Lists a model and everything inside it, parents before children, depth first.</summary>
    /// <param name="root">The model; its own name is the empty string.</param>
    /// <returns>
    /// Every module once, under the first name that leads to it; names as in a state dict (<c>features.3</c>).
    /// </returns>
    public static IReadOnlyList<(string Name, torch.nn.Module Module)> Walk(torch.nn.Module root)
    {
        ArgumentNullException.ThrowIfNull(root);
        return [.. Paths(root, "", mostNames: 1)];
    }

    /// <summary>The names that lead to each module: two for a module that is used twice.</summary>
    /// <remarks>
    /// Where modules share modules that share modules, names double with each level; of each module at most 64 are
    /// listed.
    /// </remarks>
    /// <param name="root">The model.</param>
    /// <returns>Names and modules, parents before children, depth first.</returns>
    public static IReadOnlyList<(string Name, torch.nn.Module Module)> WalkAllNames(torch.nn.Module root)
    {
        ArgumentNullException.ThrowIfNull(root);
        return [.. Paths(root, "", MostNames)];
    }

    /// <summary>The modules without children, in order.</summary>
    /// <param name="root">The model.</param>
    /// <returns>Names and modules; a model without children is its own only leaf.</returns>
    public static IReadOnlyList<(string Name, torch.nn.Module Module)> Leaves(torch.nn.Module root) =>
        [.. Walk(root).Where(entry => !entry.Module.named_children().Any())];

    private static List<(string Name, torch.nn.Module Module)> Paths(torch.nn.Module root, string name, int mostNames)
    {
        var names = new Dictionary<torch.nn.Module, int>(ReferenceEqualityComparer.Instance);
        var found = new List<(string Name, torch.nn.Module Module)>();
        Visit(root, name);
        return found;

        void Visit(torch.nn.Module module, string path)
        {
            var before = names.GetValueOrDefault(module);
            if (before == mostNames)
            {
                return;
            }

            names[module] = before + 1;
            found.Add((path, module));
            foreach (var (child, submodule) in module.named_children())
            {
                if (submodule is not null)
                {
                    Visit(submodule, path.Length == 0 ? child : $"{path}.{child}");
                }
            }
        }
    }
}
