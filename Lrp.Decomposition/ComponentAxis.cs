using static TorchSharp.torch;

namespace Lrp.Decomposition;

/// <summary>Helpers for tensors whose leading dimension counts the components.</summary>
internal static class ComponentAxis
{
    /// <summary>
    /// Inserts dimensions of size 1 after the leading dimension until <paramref name="rank"/> dimensions follow it.
    /// </summary>
    public static Tensor Align(Tensor components, long rank)
    {
        var own = components.ndim - 1;
        if (own >= rank)
        {
            return components;
        }

        var shape = components.shape;
        return components.reshape([shape[0], .. Enumerable.Repeat(1L, (int)(rank - own)), .. shape[1..]]);
    }

    /// <summary>
    /// Converts the number of a dimension of the tensor to that of the same dimension of its components.
    /// </summary>
    public static long Dim(long dim) => dim < 0 ? dim : dim + 1;

    /// <summary>
    /// Applies a map with the leading dimension folded into the batch, for kernels that accept only one batch
    /// dimension.
    /// </summary>
    /// <param name="components">Shape (k, *).</param>
    /// <param name="spatial">How many dimensions follow the channels.</param>
    /// <param name="map">Maps (batch, channels, …) to (batch, …).</param>
    public static Tensor Folded(Tensor components, int spatial, Func<Tensor, Tensor> map)
    {
        var rank = components.ndim - 1;
        if (rank <= spatial + 1)
        {
            return map(components);
        }

        var shape = components.shape;
        var folded = map(components.reshape([shape[0] * shape[1], .. shape[2..]]));
        return folded.reshape([shape[0], shape[1], .. folded.shape[1..]]);
    }
}
