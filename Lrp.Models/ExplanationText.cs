using Lrp.Models.Explanations;
using Lrp.Models.Transformers;
using static TorchSharp.torch;

namespace Lrp.Models;

/// <summary>Turns tensors of relevance into lists of numbers.</summary>
internal static class ExplanationText
{
    /// <summary>One text of a batch as an explanation without tensors.</summary>
    /// <param name="text">The text as it was typed.</param>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="relevance">The relevance.</param>
    /// <param name="row">The number of the text.</param>
    public static TextExplanation Of(
        string text,
        IReadOnlyList<TextToken> tokens,
        StackRelevance relevance,
        int row = 0
    )
    {
        using var scope = NewDisposeScope();
        return new TextExplanation(text, tokens, Row(relevance.Tokens[row]))
        {
            Layers =
                relevance.Latents.Count == 0
                    ? null
                    : [.. relevance.Latents.Select(latent => (IReadOnlyList<double>)Row(latent[row]))],
            Heads = Parts(relevance.Heads.Select(heads => heads[row])),
            Experts = Parts(relevance.Experts.OrderBy(entry => entry.Key).Select(entry => entry.Value[row].t())),
        };
    }

    private static PartRelevance? Parts(IEnumerable<Tensor> blocks)
    {
        IReadOnlyList<IReadOnlyList<double>>[] all =
        [
            .. blocks.Select(block => block.unbind(0).Select(part => (IReadOnlyList<double>)Row(part)).ToArray()),
        ];
        return all.Length == 0 ? null : PartRelevance.OfTokens(all);
    }

    private static double[] Row(Tensor tensor) => [.. tensor.to(ScalarType.Float64).cpu().contiguous().data<double>()];
}
