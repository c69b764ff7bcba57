using System.Collections.Concurrent;
using System.Reflection;
using TorchSharp;

namespace Lrp.Core.Hooks;

/// <summary>The fields of a user's own types in which tensors may be; those of properties among them.</summary>
internal static class TensorFields
{
    private static readonly ConcurrentDictionary<Type, FieldInfo[]> Known = new();

    private static readonly MethodInfo Copy = typeof(object).GetMethod(
        nameof(MemberwiseClone),
        BindingFlags.Instance | BindingFlags.NonPublic
    )!;

    /// <summary>
    /// The fields of a type, base types first; none for types of .NET and of TorchSharp, and for modules.
    /// </summary>
    public static IReadOnlyList<FieldInfo> Of(Type type) =>
        Known.GetOrAdd(
            type,
            static type =>
                [
                    .. InstanceFields
                        .Of(type)
                        .Where(field => IsLookedInto(field.DeclaringType!) && MayHold(field.FieldType)),
                ]
        );

    /// <summary>A copy of an object that shares what its fields hold.</summary>
    public static object Clone(object value) => Copy.Invoke(value, null)!;

    private static bool MayHold(Type type) =>
        !type.IsPrimitive
        && !type.IsEnum
        && !type.IsPointer
        && !type.IsByRef
        && type != typeof(string)
        && type != typeof(decimal)
        && !typeof(Delegate).IsAssignableFrom(type)
        && !typeof(Type).IsAssignableFrom(type)
        && !typeof(torch.nn.Module).IsAssignableFrom(type);

    private static bool IsLookedInto(Type type) =>
        MayHold(type) && (IsTuple(type) || !(IsOfTorch(type) || IsOfRuntime(type.Namespace ?? "")));

    private static bool IsOfTorch(Type type) => type.Assembly == typeof(torch).Assembly;

    // Not all of Microsoft: the models of ML.NET take and return classes of their own.
    private static bool IsOfRuntime(string space) =>
        space is "System" or "Microsoft.Win32" or "Microsoft.CSharp"
        || space.StartsWith("System.", StringComparison.Ordinal)
        || space.StartsWith("Microsoft.Win32.", StringComparison.Ordinal)
        || space.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal);

    private static bool IsTuple(Type type) =>
        type.FullName?.StartsWith("System.ValueTuple`8", StringComparison.Ordinal) == true;
}
