using System.Collections.Concurrent;
using System.Reflection;
using static TorchSharp.torch;

namespace Lrp.Core.Hooks;

/// <summary>Runs a module's <c>forward</c> past all hooks of the module itself, whatever arguments it takes.</summary>
internal static class ModuleForward
{
    private static readonly ConcurrentDictionary<Type, MethodInfo> Methods = new();

    /// <summary>Runs it.</summary>
    /// <param name="module">A module that hooks can be attached to.</param>
    /// <param name="arguments">One entry for each argument.</param>
    /// <returns>What it returns.</returns>
    public static object? Run(nn.Module module, object?[] arguments) =>
        Methods
            .GetOrAdd(module.GetType(), Find)
            .Invoke(module, BindingFlags.DoNotWrapExceptions, null, arguments, null);

    private static MethodInfo Find(Type type)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (
                current.DeclaringType?.FullName == typeof(nn).FullName
                && current.Name.StartsWith("Module`", StringComparison.Ordinal)
            )
            {
                return current.GetMethod("forward", BindingFlags.Public | BindingFlags.Instance)!;
            }
        }

        throw new ArgumentException($"A {type.Name} has no call() and therefore no forward(); call what it contains.");
    }
}
