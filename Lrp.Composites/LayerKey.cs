namespace Lrp.Composites;

/// <summary>The first or the last layer of a model that has one of some types, as a composite's key.</summary>
/// <remarks>
/// First and last are in the order of the first forward pass after registration that runs through <c>call</c>, with
/// gradients or without: of a layer that is called several times, its first call counts for the first layer and its
/// last call for the last. Where a model runs its layers by <c>forward()</c>, they are seen by their weights, with the
/// native library and in a pass with gradients only. A rule that is not defined for the layer that is found fails in
/// that pass.
/// </remarks>
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
