using System.Reflection;

namespace Lrp.Core.Hooks;

/// <summary>All fields of an object, those that are private to its base types among them.</summary>
internal static class InstanceFields
{
    /// <summary>The fields of a type, those of base types first.</summary>
    public static IEnumerable<FieldInfo> Of(Type type)
    {
        const BindingFlags Own =
            BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var inherited = type.BaseType is { } parent ? Of(parent) : [];
        return inherited.Concat(type.GetFields(Own));
    }
}
