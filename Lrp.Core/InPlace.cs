using System.Collections.Concurrent;
using System.Reflection;
using TorchSharp;

namespace Lrp.Core;

/// <summary>Whether a module writes its result over its input, as <c>ReLU(inplace: true)</c> does.</summary>
internal static class InPlace
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo?> Properties = new();

    public static bool Works(torch.nn.Module module)
    {
        var property = Properties.GetOrAdd(
            module.GetType(),
            static type =>
            {
                var found = type.GetProperty("inplace", BindingFlags.Public | BindingFlags.Instance);
                return found?.PropertyType == typeof(bool) && found.CanRead ? found : null;
            }
        );
        return property is not null && (bool)property.GetValue(module)!;
    }
}
