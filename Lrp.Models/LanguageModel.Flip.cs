using Lrp.Attribution;
using Lrp.Attribution.Evaluation;
using Lrp.Models.Explanations;
using Lrp.Models.Transformers.Configurations;

namespace Lrp.Models;

/// <content>How faithful an explanation is.</content>
public sealed partial class LanguageModel
{
    /// <summary>
    /// Removes the tokens of an explained text in the order of their relevance, and measures the target.
    /// </summary>
    /// <param name="explanation">
    /// The explained text; special tokens are never removed, nor the last one where the next token is explained.
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
        var encoding = Encode(explanation.Text);
        if (!encoding.Ids.SequenceEqual(explanation.Tokens.Select(token => token.Id)))
        {
            throw new ArgumentException(
                $"The explanation's tokens are not those that {_name} has for its text: give an explanation of this "
                    + "model, with its pieces not merged to words.",
                nameof(explanation)
            );
        }

        return TextFlipping.Run(
            Transformer,
            output => output,
            explanation,
            (target ?? Target.Predicted).Resolve(this, explanation.Text, encoding).Target,
            Transformer.Configuration.Task == TransformerTask.NextToken,
            steps,
            progress
        );
    }
}
