using Lrp.Attribution;
using Lrp.Attribution.Evaluation;
using Lrp.Models.Explanations;
using Lrp.Models.Tokenizers;
using Lrp.Models.Transformers;
using static TorchSharp.torch;

namespace Lrp.Models;

/// <summary>Token flipping of a text that was explained.</summary>
internal static class TextFlipping
{
    /// <summary>Fails where an explanation has other tokens than the model has for its text.</summary>
    /// <exception cref="ArgumentException">It has.</exception>
    public static void ThrowUnlessTokensOf(string model, TokenEncoding encoding, TextExplanation explanation)
    {
        if (!encoding.Ids.SequenceEqual(explanation.Tokens.Select(token => token.Id)))
        {
            throw new ArgumentException(
                $"The explanation's tokens are not those that {model} has for its text: give an explanation of this "
                    + "model, with its pieces not merged to words.",
                nameof(explanation)
            );
        }
    }

    /// <summary>Removes the tokens in the order of their relevance.</summary>
    /// <param name="transformer">The model.</param>
    /// <param name="types">The types of the tokens, 1 × T; null for type 0, and for models that have none.</param>
    /// <param name="scores">What is measured, from the model's output.</param>
    /// <param name="explanation">The text with its relevance.</param>
    /// <param name="target">What was explained, in the output of <paramref name="scores"/>.</param>
    /// <param name="places">The tokens in whose places the model predicts, which are kept.</param>
    /// <param name="steps">The number of steps.</param>
    /// <param name="progress">Receives a report after every pass through the model.</param>
    public static FlippingCurves Run(
        Transformer transformer,
        Tensor? types,
        Func<Tensor, Tensor> scores,
        TextExplanation explanation,
        Target target,
        IReadOnlyCollection<int> places,
        int steps,
        IProgress<AttributionProgress>? progress
    )
    {
        using var scope = NewDisposeScope();
        var tokens = explanation.Tokens;
        bool[] kept = [.. tokens.Select((token, k) => token.IsSpecial || places.Contains(k))];
        return new TokenFlipping
        {
            Steps = steps,
            ChunkSize = 8,
            Kept = tensor(kept).unsqueeze(0),
        }.Evaluate(
            transformer,
            inputs => scores(transformer.call(inputs[0], null, null, types?.expand_as(inputs[0]))),
            [tensor([.. tokens.Select(token => token.Id)], dtype: ScalarType.Int64).unsqueeze(0)],
            tensor([.. explanation.Relevance]).unsqueeze(0),
            target,
            progress
        );
    }
}
