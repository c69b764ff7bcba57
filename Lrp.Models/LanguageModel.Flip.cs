using Lrp.Attribution;
using Lrp.Attribution.Evaluation;
using Lrp.Models.Explanations;
using Lrp.Models.Tokenizers;
using Lrp.Models.Transformers.Configurations;
using static TorchSharp.torch;

namespace Lrp.Models;

/// <content>How faithful an explanation is.</content>
public sealed partial class LanguageModel
{
    /// <summary>
    /// Removes the tokens of an explained text in the order of their relevance, and measures the target.
    /// </summary>
    /// <param name="explanation">
    /// The explained text; special tokens are never removed, nor the last one where the next token is explained, nor
    /// the mask.
    /// </param>
    /// <param name="target">What was explained; null for what the model predicts.</param>
    /// <param name="steps">The number of steps in which the tokens are removed: their embeddings become zero.</param>
    /// <param name="progress">Receives a report after every pass through the model.</param>
    /// <returns>The curves.</returns>
    /// <exception cref="ArgumentException">The target does not fit, or the tokens are not the model's.</exception>
    public FlippingCurves Flip(
        TextExplanation explanation,
        TextTarget? target = null,
        int steps = 10,
        IProgress<AttributionProgress>? progress = null
    )
    {
        ArgumentNullException.ThrowIfNull(explanation);
        var read = ReadText.PairOf(explanation) is { } pair ? Read(pair) : Read(explanation.Text);
        TextFlipping.ThrowUnlessTokensOf(_name, read.Encoding, explanation);
        using var scope = NewDisposeScope();
        var types = read.Types(Transformer.Configuration);
        return TextFlipping.Run(
            Transformer,
            types,
            output => output,
            explanation,
            Chosen((target ?? Target.Predicted).Resolve(this, read), read.Ids(), types),
            PlacesOfPrediction(read.Encoding),
            steps,
            progress
        );
    }

    /// <summary>The tokens in whose places the model predicts others.</summary>
    private IReadOnlyCollection<int> PlacesOfPrediction(TokenEncoding encoding) =>
        Transformer.Configuration.Task switch
        {
            TransformerTask.NextToken => [encoding.Count - 1],
            TransformerTask.MaskedToken => TokenWords.PlacesOfMask(Tokenizer, encoding),
            _ => [],
        };

    /// <summary>The target as the output for the whole text has it.</summary>
    private Target Chosen(Func<Tensor, ResolvedTarget> resolve, Tensor ids, Tensor? types)
    {
        using var inference = no_grad();
        using var logits = Transformer.call(ids, null, null, types);
        return resolve(logits).Target;
    }
}
