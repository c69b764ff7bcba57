using Lrp.Attribution;
using Lrp.Onnx;
using static TorchSharp.torch;

namespace ExplainSentences;

/// <summary>The cosine of two sentences' mean states, explained at the tokens of the first by AttnLRP.</summary>
public static class Similarity
{
    /// <summary>Explains the similarity of two sentences.</summary>
    /// <param name="model">An encoder that takes ids, mask and segments, and gives a state for each token.</param>
    /// <param name="ids">The ids of the first sentence.</param>
    /// <param name="other">The ids of the second.</param>
    /// <returns>The relevance, in the shape of the ids; its <c>Explained</c> is the cosine. Dispose it.</returns>
    /// <remarks>The second sentence and the length of the first one's mean are constants.</remarks>
    public static AttributionResult Explain(OnnxModel model, long[] ids, long[] other)
    {
        using var weights = Weights(model, ids, other);
        var (row, beside) = (Row(ids), Beside(ids));
        return model.Explain(
            [new ModelArgument(row, "ids"), .. beside.Select(ModelArgument.Constant)],
            OnnxPresets.AttnLrp(),
            Target.Weights(weights)
        );
    }

    /// <summary>What each entry of the first sentence's states adds to the cosine, (tokens, features).</summary>
    private static Tensor Weights(OnnxModel model, long[] ids, long[] other)
    {
        using var scope = NewDisposeScope();
        var (mean, unit) = (Mean(model, ids), Mean(model, other));
        return unit.div(unit.norm())
            .div(mean.norm())
            .div(ids.Length)
            .expand(ids.Length, -1)
            .clone()
            .MoveToOuterDisposeScope();
    }

    private static Tensor Mean(OnnxModel model, long[] ids)
    {
        using var inference = no_grad();
        return model.call([Row(ids), .. Beside(ids)])[0][0].mean([0L]);
    }

    /// <summary>A mask of ones and segments of zeros.</summary>
    private static Tensor[] Beside(long[] ids) => [ones_like(Row(ids)), zeros_like(Row(ids))];

    private static Tensor Row(long[] ids) => tensor(ids).unsqueeze(0);
}
