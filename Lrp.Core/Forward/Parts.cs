using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Forward;

/// <summary>
/// The parts of one tensor inside the engine: some or all of its components, and the residual where it is kept.
/// </summary>
/// <remarks>
/// What a rule takes and returns. A rule that keeps no residual returns null for it: the residual is then whatever the
/// components leave of the true value, so that the parts sum to it by construction.
/// </remarks>
/// <param name="Components">Shape (k, *): the components of this chunk.</param>
/// <param name="Residual">Shape (*), or null: implied.</param>
/// <param name="IsContextual">Whether each component stands against its own rest.</param>
public sealed record Parts(Tensor Components, Tensor? Residual, bool IsContextual)
{
    /// <summary>How many components this chunk has.</summary>
    public long Count => Components.shape[0];

    /// <summary>
    /// Where component k has no other entry than index FirstIndex + k of the last dimension, that first index; else null.
    /// </summary>
    internal long? FirstIndex { get; init; }

    /// <summary>The same linear map applied to every part.</summary>
    /// <param name="components">Maps shape (k, *).</param>
    /// <param name="residual">Maps shape (*).</param>
    public Parts Map(Func<Tensor, Tensor> components, Func<Tensor, Tensor> residual)
    {
        ArgumentNullException.ThrowIfNull(components);
        ArgumentNullException.ThrowIfNull(residual);
        return new Parts(components(Components), Residual is null ? null : residual(Residual), IsContextual);
    }

    /// <summary>The same map for components and residual, of a function that takes leading dimensions as they come.</summary>
    /// <param name="map">Maps shapes (k, *) and (*).</param>
    public Parts Map(Func<Tensor, Tensor> map) => Map(map, map);
}
