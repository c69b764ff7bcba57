using System.Collections.Concurrent;
using System.Reflection;
using Lrp.Core.Hooks;
using TorchSharp;

namespace Lrp.Core.State;

/// <summary>The fields of a user's own type that belong to the state of a model.</summary>
/// <param name="Holding">Those in which tensors, collections, other objects or modules may be.</param>
/// <param name="Plain">Those with numbers, truth values and texts: a position in a cache, for instance.</param>
internal sealed record StateFields(FieldInfo[] Holding, FieldInfo[] Plain)
{
    private static readonly ConcurrentDictionary<Type, StateFields> Known = new();

    /// <summary>How many there are.</summary>
    public int Count => Holding.Length + Plain.Length;

    /// <summary>The fields of a type; none for types of .NET and of TorchSharp.</summary>
    public static StateFields Of(Type type) => Known.GetOrAdd(type, Find);

    private static StateFields Find(Type type)
    {
        var own = InstanceFields.Of(type).Where(field => TensorFields.IsOwn(field.DeclaringType!)).ToList();
        return new StateFields(
            [.. own.Where(field => TensorFields.MayHold(field.FieldType) || IsModule(field.FieldType))],
            [.. own.Where(field => IsPlain(Nullable.GetUnderlyingType(field.FieldType) ?? field.FieldType))]
        );
    }

    private static bool IsModule(Type type) => typeof(torch.nn.Module).IsAssignableFrom(type);

    private static bool IsPlain(Type type) =>
        (type.IsPrimitive && type != typeof(nint) && type != typeof(nuint))
        || type.IsEnum
        || type == typeof(string)
        || type == typeof(decimal);
}
