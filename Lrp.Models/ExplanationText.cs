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
        TokenRelevance relevance,
        int row = 0
    )
    {
        using var scope = NewDisposeScope();
        var reader = relevance.Text;
        return new TextExplanation(text, tokens, Row(Tokens(relevance)[row]))
        {
            Layers =
                reader.Latents.Count == 0
                    ? null
                    : [.. reader.Latents.Select(latent => (IReadOnlyList<double>)Row(latent[row]))],
            Heads = Parts(reader.Heads.Select(heads => heads[row])),
            Experts = Parts(reader.Experts.OrderBy(entry => entry.Key).Select(entry => entry.Value[row].t())),
        };
    }

    /// <summary>
    /// The relevance of each token, B × T. A decoder that reads the text too reads it one place later, without its last
    /// token: what it gives a token is added.
    /// </summary>
    public static Tensor Tokens(TokenRelevance relevance)
    {
        using var scope = NewDisposeScope();
        var tokens = relevance.Text.Tokens;
        var sum = relevance.Decoder is { } decoder
            ? tokens.add(nn.functional.pad(decoder.Tokens.narrow(1, 1, tokens.shape[1] - 1), [0, 1]))
            : tokens.alias();
        return sum.MoveToOuterDisposeScope();
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
