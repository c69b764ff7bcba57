using TorchSharp;

namespace Lrp.Composites;

/// <summary>Module types as keys.</summary>
internal static class ModuleTypes
{
    public static void ThrowIfNotModule(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        if (!typeof(torch.nn.Module).IsAssignableFrom(type) && !type.IsInterface)
        {
            throw new ArgumentException($"{type} is no module type, so nothing could ever match it.");
        }
    }

    /// <summary>
    /// Whether a module is of one of the types. A container, which only calls its children, is not matched by
    /// TorchSharp's own base types: <c>typeof(nn.Module)</c> means every layer.
    /// </summary>
    public static bool Match(IReadOnlyList<Type> types, torch.nn.Module module)
    {
        foreach (var type in types)
        {
            if (type.IsInstanceOfType(module) && !(IsBase(type) && IsContainer(module)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsBase(Type type) =>
        type == typeof(torch.nn.Module)
        || (
            type.Assembly == typeof(torch.nn.Module).Assembly
            && (
                type.Name.StartsWith("Module`", StringComparison.Ordinal)
                || type.Name.StartsWith("HookableModule`", StringComparison.Ordinal)
            )
        );

    private static bool IsContainer(torch.nn.Module module) =>
        module.named_children().Any() && !module.parameters(false).Any();
}
