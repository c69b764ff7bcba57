using static TorchSharp.torch;

namespace Lrp.Models.Layers;

/// <summary>
/// The weight of each expert for each token as a module: the largest few of a softmax, zero elsewhere.
/// </summary>
/// <param name="chosen">How many experts a token has.</param>
/// <param name="normalizes">Whether the weights of a token are divided by their sum.</param>
public sealed class ExpertWeights(int chosen, bool normalizes) : nn.Module<Tensor, Tensor>(nameof(ExpertWeights))
{
    /// <summary>The weights.</summary>
    /// <param name="logits">N × E.</param>
    /// <returns>N × E.</returns>
    public override Tensor forward(Tensor logits)
    {
        using var scope = NewDisposeScope();
        var probabilities = logits.softmax(-1);
        var largest = probabilities.detach().topk(chosen).indexes;
        var mask = zeros_like(probabilities).scatter(1, largest, ones_like(largest).to_type(probabilities.dtype));
        var weights = probabilities.mul(mask);
        if (normalizes)
        {
            weights = weights.div(weights.sum(-1, keepdim: true));
        }

        return weights.MoveToOuterDisposeScope();
    }
}
