using System.Reflection;

namespace TorchSharp.Utils
{
    /// <summary>The name under which <c>RegisterComponents</c> registers a field, where that is not the field's own.</summary>
    public class ComponentNameAttribute : Attribute
    {
        public string Name { get; set; } = null!;
    }
}

namespace TorchSharp
{
    public static class FieldInfoExtensionMethods
    {
        /// <summary>The field's <see cref="Utils.ComponentNameAttribute"/> where it has one, else its own name.</summary>
        public static string ComponentName(this FieldInfo field) =>
            field.GetCustomAttribute<Utils.ComponentNameAttribute>()?.Name ?? field.Name;
    }
}
