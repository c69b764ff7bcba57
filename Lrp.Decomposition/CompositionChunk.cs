using static TorchSharp.torch;

namespace Lrp.Decomposition;

/// <summary>
/// The parts of one tensor inside the engine: some or all of its components, and the residual where it is stored.
/// </summary>
/// <remarks>
/// A rule takes and returns chunks. A rule that does not compute the residual returns null for it: the residual is then
/// the true value minus the components, so that the parts sum to the true value by construction.
/// </remarks>
/// <param name="Components">Shape (k, *): the components of this chunk.</param>
/// <param name="Residual">Shape (*), or null: the true value minus the components.</param>
/// <param name="IsContextual">Whether each component has its own rest.</param>
public sealed record CompositionChunk(Tensor Components, Tensor? Residual, bool IsContextual)
{
    /// <summary>How many components this chunk has.</summary>
    public long Count => Components.shape[0];

    /// <summary>
    /// If component k is zero everywhere except at index FirstIndex + k of the last dimension, that first index;
    /// otherwise null.
    /// </summary>
    internal long? FirstIndex { get; init; }

    /// <summary>Applies the same linear map to every part.</summary>
    /// <param name="components">The map for shape (k, *).</param>
    /// <param name="residual">The map for shape (*).</param>
    public CompositionChunk Map(Func<Tensor, Tensor> components, Func<Tensor, Tensor> residual)
    {
        ArgumentNullException.ThrowIfNull(components);
        ArgumentNullException.ThrowIfNull(residual);
        return new CompositionChunk(components(Components), Residual is null ? null : residual(Residual), IsContextual);
    }

    /// <summary>
    /// Applies one linear map to components and residual; it must accept any number of leading dimensions.
    /// </summary>
    /// <param name="map">The map for shapes (k, *) and (*).</param>
    public CompositionChunk Map(Func<Tensor, Tensor> map) => Map(map, map);
}
