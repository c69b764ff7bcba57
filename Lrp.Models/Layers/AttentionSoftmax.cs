using static TorchSharp.torch;

namespace Lrp.Models.Layers;

/// <summary>softmax(scores + mask) over the keys as a module. The mask is a constant and takes no relevance.</summary>
public sealed class AttentionSoftmax() : nn.Module<Tensor, Tensor?, Tensor>(nameof(AttentionSoftmax))
{
    /// <summary>The weights of attention.</summary>
    /// <param name="scores">B × H × T × S.</param>
    /// <param name="mask">
    /// What is added to the scores, of a shape that broadcasts with them: 0, a bias of positions, or the least finite
    /// number where there is no attention. Null for nothing.
    /// </param>
    /// <returns>B × H × T × S; the weights of each query sum to 1.</returns>
    public override Tensor forward(Tensor scores, Tensor? mask)
    {
        if (mask is null)
        {
            return scores.softmax(-1);
        }

        using var masked = scores.add(mask);
        return masked.softmax(-1);
    }
}
