using Lrp.Attribution;
using Lrp.Models.Transformers.Configurations;
using static TorchSharp.torch;

namespace Lrp.Models;

/// <summary>
/// An answer in the second of two texts: how well it begins at its first token, and how well it ends at its last one.
/// </summary>
/// <param name="answer">The words of the second text; null for those that the model prefers.</param>
/// <param name="against">Words that it is compared with; null for none.</param>
internal sealed class AnswerTarget(string? answer, string? against) : TextTarget
{
    /// <summary>The tokens of the longest answer that a model can prefer, as in Hugging Face's pipeline.</summary>
    private const int LongestAnswer = 15;

    internal override Func<Tensor, ResolvedTarget> Resolve(LanguageModel model, ReadText read)
    {
        ThrowUnless(model, TransformerTask.AnswerSpan, "Target.Answer");
        if (read.SecondStart is null)
        {
            throw new ArgumentException(
                $"{model.Transformer.Configuration.Architecture} finds the answer to a question in a second text: give "
                    + "both, new TextPair(question, text)."
            );
        }

        var asked = answer is null ? Shortest(read) : Named(read, answer);
        var compared = against is null ? null : Named(read, against);
        return logits =>
        {
            var best = Best(logits, asked);
            return compared is null
                ? new ResolvedTarget(Of(best), best.TextIn(read))
                : new ResolvedTarget(
                    Target.Difference(Of(best), Of(Best(logits, compared))),
                    best.TextIn(read),
                    against
                );
        };
    }

    private static Target Of(TokenSpan span) => Target.Sum(Target.Token(span.First, 0), Target.Token(span.Last, 1));

    /// <summary>The span whose two logits have the largest sum.</summary>
    private static TokenSpan Best(Tensor logits, IReadOnlyList<TokenSpan> spans)
    {
        using var scope = NewDisposeScope();
        var ends = logits[0].detach().to(ScalarType.Float64).cpu().t().contiguous();
        double[] begins = [.. ends[0].data<double>()];
        double[] closes = [.. ends[1].data<double>()];
        return spans.MaxBy(span => begins[span.First] + closes[span.Last]);
    }

    /// <summary>All spans of the second text that are short enough.</summary>
    private static List<TokenSpan> Shortest(ReadText read)
    {
        var places = read.Places(sequence: 1);
        if (places.Count == 0)
        {
            throw new ArgumentException("The second text has no words, in which an answer could be found.");
        }

        return
        [
            .. from first in Enumerable.Range(0, places.Count)
            from last in Enumerable.Range(first, Math.Min(LongestAnswer, places.Count - first))
            select new TokenSpan(places[first], places[last]),
        ];
    }

    private static IReadOnlyList<TokenSpan> Named(ReadText read, string words) =>
        WordPlaces.Of(read, read.Places(sequence: 1), read.SecondStart!.Value, words, "the second text");
}
