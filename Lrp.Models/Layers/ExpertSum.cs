using static TorchSharp.torch;

namespace Lrp.Models.Layers;

/// <summary>The outputs of experts, each for some of the tokens, added up for all tokens, as a module.</summary>
/// <param name="width">The size of the states.</param>
internal sealed class ExpertSum(long width) : nn.Module<Tensor[], ExpertTokens, Tensor>(nameof(ExpertSum))
{
    /// <summary>The sum.</summary>
    /// <param name="outputs">N_e × D for each expert that has tokens.</param>
    /// <param name="tokens">Which experts these are, and their tokens.</param>
    /// <returns>N × D.</returns>
    public override Tensor forward(Tensor[] outputs, ExpertTokens tokens)
    {
        var sum = zeros(tokens.Count, width, dtype: outputs[0].dtype, device: outputs[0].device);
        for (var k = 0; k < outputs.Length; k++)
        {
            using var before = sum;
            sum = before.index_add(0, tokens.Rows[k], outputs[k], 1);
        }

        return sum;
    }
}

/// <summary>Which tokens the experts of a mixture have in one pass.</summary>
/// <param name="count">How many tokens there are.</param>
internal sealed class ExpertTokens(long count)
{
    /// <summary>How many tokens there are.</summary>
    public long Count => count;

    /// <summary>The experts that have tokens.</summary>
    public List<int> Experts { get; } = [];

    /// <summary>The tokens of each of these experts.</summary>
    public List<Tensor> Rows { get; } = [];
}
