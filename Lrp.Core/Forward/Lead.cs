using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Forward;

/// <summary>Shapes with the components' leading dimension.</summary>
internal static class Lead
{
    /// <summary>Inserts ones after the leading dimension until the tensor has <paramref name="rank"/> dimensions behind it.</summary>
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

    /// <summary>A dimension of the tensor as a dimension of its components.</summary>
    public static long Dim(long dim) => dim < 0 ? dim : dim + 1;

    /// <summary>The leading dimension folded into the batch, for kernels that know one batch dimension.</summary>
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
