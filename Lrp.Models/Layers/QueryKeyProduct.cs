using static TorchSharp.torch;

namespace Lrp.Models.Layers;

/// <summary>The scores of attention, scale · q·kᵀ, as a module.</summary>
/// <param name="scale">The factor, mostly 1/√(size of a head).</param>
public sealed class QueryKeyProduct(double scale) : nn.Module<Tensor, Tensor, Tensor>(nameof(QueryKeyProduct))
{
    /// <summary>The factor.</summary>
    public double Scale => scale;

    /// <summary>The scores.</summary>
    /// <param name="query">B × H × T × E.</param>
    /// <param name="key">B × H × S × E.</param>
    /// <returns>B × H × T × S.</returns>
    public override Tensor forward(Tensor query, Tensor key)
    {
        if (scale == 1)
        {
            return query.matmul(key.transpose(-2, -1));
        }

        using var scaled = query.mul(scale);
        return scaled.matmul(key.transpose(-2, -1));
    }
}
