using Lrp.Attribution;
using Lrp.Models.Explanations;
using Lrp.Models.Transformers.Configurations;
using static TorchSharp.torch;

namespace Lrp.Models;

/// <summary>The class that a model gives to a word of a text, at the word's first token.</summary>
/// <param name="word">The word.</param>
/// <param name="label">The name of the class; null for the one that the model prefers.</param>
/// <param name="against">The name of a class that it is compared with; null for none.</param>
internal sealed class TagTarget(string word, string? label, string? against) : TextTarget
{
    internal override Func<Tensor, ResolvedTarget> Resolve(LanguageModel model, ReadText read)
    {
        ThrowUnless(model, TransformerTask.TokenClass, "Target.Tag");
        var labels = model.Transformer.Configuration.Labels;
        var place = Place(read);
        var compared = against is null ? (long?)null : labels.PlaceOf(against);
        if (label is not null)
        {
            var target = Target.Token(place, labels.PlaceOf(label), compared);
            return _ => new ResolvedTarget(target, Name(label), against);
        }

        return logits =>
        {
            var best = logits[0, place].argmax().item<long>();
            return new ResolvedTarget(Target.Token(place, best, compared), Name(labels[(int)best]), against);
        };
    }

    private string Name(string tag) => $"{tag}: {word.Trim()}";

    private int Place(ReadText read)
    {
        var found = WordPlaces.Of(read, read.Places(), from: 0, word, "the text");
        return found.Count == 1
            ? WithBlank(read.Tokens, found[0].First)
            : throw new ArgumentException(
                $"'{word.Trim()}' stands in the text {found.Count} times, at the tokens "
                    + $"{string.Join(", ", found.Select(span => span.First))}: add words that follow it, so that all "
                    + "together stand there once, or in a program take Target.Token(position, class)."
            );
    }

    /// <summary>
    /// Where a blank is a token of its own, it is the first one of the word behind it, which training gives the class.
    /// </summary>
    private static int WithBlank(IReadOnlyList<TextToken> tokens, int first) =>
        first > 0
        && tokens[first - 1] is { IsSpecial: false, Piece: "\u2581" or "\u0120" } blank
        && blank.Start + blank.Length == tokens[first].Start
            ? first - 1
            : first;
}
