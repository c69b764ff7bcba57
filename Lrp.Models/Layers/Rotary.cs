using static TorchSharp.torch;

namespace Lrp.Models.Layers;

/// <summary>Rotary positions as a module: pairs of features are turned by angles (Su et al. 2021).</summary>
/// <remarks>Feature k of the first half is paired with feature k of the second half.</remarks>
public sealed class Rotary() : nn.Module<Tensor, Tensor, Tensor, Tensor>(nameof(Rotary))
{
    /// <summary>The turned features; those beyond the size of the tables stay as they are.</summary>
    /// <param name="input">B × H × T × E.</param>
    /// <param name="cosine">The cosines of the angles, B or 1 × 1 × T × R, R ≤ E.</param>
    /// <param name="sine">The sines, likewise.</param>
    /// <returns>B × H × T × E.</returns>
    public override Tensor forward(Tensor input, Tensor cosine, Tensor sine)
    {
        using var scope = NewDisposeScope();
        var (size, turned) = (input.shape[^1], cosine.shape[^1]);
        var part = size == turned ? input : input.narrow(-1, 0, turned);
        var (first, second) = (part.narrow(-1, 0, turned / 2), part.narrow(-1, turned / 2, turned / 2));
        var partner = cat([second.neg(), first], -1);
        var result = part.mul(cosine).addcmul(partner, sine, 1);
        if (size != turned)
        {
            result = cat([result, input.narrow(-1, turned, size - turned)], -1);
        }

        return result.MoveToOuterDisposeScope();
    }
}
