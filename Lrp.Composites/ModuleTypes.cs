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

    public static bool Match(IReadOnlyList<Type> types, torch.nn.Module module)
    {
        foreach (var type in types)
        {
            if (type.IsInstanceOfType(module))
            {
                return true;
            }
        }

        return false;
    }
}
