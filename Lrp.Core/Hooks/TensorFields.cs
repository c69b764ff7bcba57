using System.Collections.Concurrent;
using System.Reflection;
using TorchSharp;

namespace Lrp.Core.Hooks;

/// <summary>The fields of a user's own types in which tensors may be; those of properties among them.</summary>
internal static class TensorFields
{
    private static readonly ConcurrentDictionary<Type, FieldInfo[]> Known = new();

    private static readonly string[] LibraryAssemblies =
    [
        "System.",
        "Microsoft.Extensions.",
        "Microsoft.Win32.",
        "Microsoft.CSharp",
    ];

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
                        .Where(field =>
                            MayHold(field.DeclaringType!) && IsOwn(field.DeclaringType!) && MayHold(field.FieldType)
                        ),
                ]
        );

    /// <summary>A copy of an object that shares what its fields hold.</summary>
    public static object Clone(object value) => Copy.Invoke(value, null)!;

    /// <summary>Whether tensors may be in a field of this type.</summary>
    public static bool MayHold(Type type) =>
        !type.IsPrimitive
        && !type.IsEnum
        && !type.IsPointer
        && !type.IsByRef
        && type != typeof(string)
        && type != typeof(decimal)
        && !typeof(Delegate).IsAssignableFrom(type)
        && !typeof(Type).IsAssignableFrom(type)
        && !typeof(torch.nn.Module).IsAssignableFrom(type);

    /// <summary>
    /// Whether a type is a user's, and none of .NET or of TorchSharp. Its assembly tells, and not its namespace:
    /// libraries such as ML.NET keep their models in namespaces of Microsoft, and somebody's program may lie in one of
    /// TorchSharp.
    /// </summary>
    public static bool IsOwn(Type type) => IsTuple(type) || !IsOfLibrary(type.Assembly);

    private static bool IsOfLibrary(Assembly assembly) =>
        assembly == typeof(torch).Assembly
        || assembly == typeof(object).Assembly
        || (
            assembly.GetName().Name is { } name
            && LibraryAssemblies.Any(start => name.StartsWith(start, StringComparison.Ordinal))
        );

    private static bool IsTuple(Type type) =>
        type.FullName?.StartsWith("System.ValueTuple`8", StringComparison.Ordinal) == true
        || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>));
}
