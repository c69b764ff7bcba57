namespace Lrp.Composites;

/// <summary>The first or the last layer of a model that has one of some types, as a composite's key.</summary>
/// <remarks>First and last are in the order in which the model declares its modules.</remarks>
public sealed class LayerKey
{
    private LayerKey(bool isFirst, IReadOnlyList<Type> types)
    {
        IsFirst = isFirst;
        Types = types;
        foreach (var type in types)
        {
            ModuleTypes.ThrowIfNotModule(type);
        }
    }

    /// <summary>Whether it is the first layer, not the last.</summary>
    public bool IsFirst { get; }

    /// <summary>The types that count; subclasses do too.</summary>
    public IReadOnlyList<Type> Types { get; }

    /// <summary>The first layer of some types.</summary>
    /// <param name="types">The types.</param>
    /// <returns>The key.</returns>
    public static LayerKey First(params IReadOnlyList<Type> types) => new(true, types);

    /// <summary>The last layer of some types.</summary>
    /// <param name="types">The types.</param>
    /// <returns>The key.</returns>
    public static LayerKey Last(params IReadOnlyList<Type> types) => new(false, types);

    /// <inheritdoc/>
    public override string ToString() =>
        $"{(IsFirst ? "first" : "last")} {string.Join(" or ", Types.Select(type => type.Name))}";
}
