using static TorchSharp.torch;

namespace Lrp.Models.Layers;

/// <summary>The mean over the tokens that are no padding, as a module.</summary>
public sealed class MaskedMean() : nn.Module<Tensor, Tensor?, Tensor>(nameof(MaskedMean))
{
    /// <summary>The mean.</summary>
    /// <param name="states">B × T × D.</param>
    /// <param name="mask">B × T, 1 for tokens and 0 for padding; null where there is no padding.</param>
    /// <returns>B × D.</returns>
    public override Tensor forward(Tensor states, Tensor? mask)
    {
        if (mask is null)
        {
            return states.mean([1]);
        }

        using var scope = NewDisposeScope();
        var weights = mask.to_type(states.dtype);
        var shares = weights.div(weights.sum(1, keepdim: true)).unsqueeze(1); // B × 1 × T
        return shares.matmul(states).squeeze(1).MoveToOuterDisposeScope();
    }
}
