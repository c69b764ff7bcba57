using Lrp.Attribution;
using Lrp.Models.Explanations;
using Lrp.Models.Methods;
using Lrp.Models.Transformers;
using static TorchSharp.torch;

namespace Lrp.Models;

/// <content>Texts that the model writes.</content>
public sealed partial class LanguageModel
{
    /// <summary>Continues a text with the most probable token, again and again.</summary>
    /// <param name="text">The text.</param>
    /// <param name="tokens">How many tokens are written at most; an end-of-text token ends it before.</param>
    /// <returns>What was written, without the text.</returns>
    /// <exception cref="ArgumentException">The text is empty or too long, or the model writes no texts.</exception>
    public string Continue(string text, int tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tokens);
        ThrowUnlessItWrites();
        var ids = Encode(text).Ids.ToList();
        var before = ids.Count;
        var end = Tokenizer.Special.End is { } name ? Tokenizer.TokenToId(name) : null;
        using var inference = no_grad();
        while (ids.Count < before + tokens && ids.Count < (Transformer.Configuration.LongestText ?? long.MaxValue))
        {
            using var scope = NewDisposeScope();
            var logits = Transformer.call(tensor([.. ids], dtype: ScalarType.Int64).unsqueeze(0), null, null, null);
            var known = Math.Min(logits.shape[2], Tokenizer.VocabularySize);
            var next = logits[0, -1].narrow(0, 0, known).argmax().item<long>();
            if (next == end)
            {
                break;
            }

            ids.Add(next);
        }

        // Decoded together with the text, so that the blank before the first word is kept.
        var whole = Tokenizer.Decode(ids);
        var start = Tokenizer.Decode(ids.Take(before));
        return whole.StartsWith(start, StringComparison.Ordinal)
            ? whole[start.Length..]
            : Tokenizer.Decode(ids.Skip(before));
    }

    /// <summary>
    /// Explains each token of an answer by the tokens before it. The model runs once; each token costs one more
    /// backward pass.
    /// </summary>
    /// <param name="text">The text that is answered.</param>
    /// <param name="answer">The answer as it is typed behind the text, for example of <see cref="Continue"/>.</param>
    /// <param name="method">The rules.</param>
    /// <returns>
    /// One explanation for each token of the answer, over text and answer; <c>Save</c> makes one page of all of them.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// Text or answer is empty or too long, the model writes no texts, or the answer changes the text's last token.
    /// </exception>
    public IReadOnlyList<TextExplanation> ExplainAnswer(
        string text,
        string answer,
        RelevanceMethod method = RelevanceMethod.AttnLrp
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(answer);
        ThrowUnlessItWrites();
        using var alone = _explaining.EnterScope();
        var before = Encode(text);
        var whole = Encode(text + answer);
        if (!whole.Ids.Take(before.Count).SequenceEqual(before.Ids) || whole.Count == before.Count)
        {
            throw new ArgumentException(
                "The last token of the text and the first one of the answer become one: begin the answer with a blank, "
                    + "or move the last word of the text into it.",
                nameof(answer)
            );
        }

        var tokens = whole.ToTextTokens();
        using var explainer = NewExplainer(method, RelevanceParts.Latents);
        using var scope = NewDisposeScope();
        using var pass = explainer.Run(TextChecks.Ids(whole));
        var steps = new List<TextExplanation>();
        for (var place = before.Count; place < whole.Count; place++)
        {
            var target = Target.Token(place - 1, whole.Ids[place]);
            using var tensors = TextChecks.Finite(
                pass.Explain(target.ScoreOf, keepsGraph: place + 1 < whole.Count),
                _name
            );
            steps.Add(
                ExplanationText.Of(text + answer, tokens, tensors) with
                {
                    Model = _name,
                    Method = method.Title,
                    Target = whole.Offsets[place].Of(text + answer),
                    Score = tensors.Explained.to(ScalarType.Float64).item<double>(),
                }
            );
        }

        return steps;
    }

    private void ThrowUnlessItWrites()
    {
        if (!Transformer.Configuration.ContinuesTexts)
        {
            throw new ArgumentException(
                $"{_name} ({Transformer.Configuration.Architecture}) continues no texts: load a model whose "
                    + "architecture ends in ForCausalLM."
            );
        }
    }
}
