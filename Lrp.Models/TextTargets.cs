using Lrp.Attribution;

namespace Lrp.Models;

/// <summary>Targets of language models as members of <see cref="Target"/>: <c>Target.Next(" Paris")</c>.</summary>
public static class TextTargets
{
    extension(Target)
    {
        /// <summary>The logit of the token that comes next.</summary>
        /// <param name="piece">
        /// The token as it would be typed behind the text, with its blank: <c>" Paris"</c>. It has to be one token.
        /// </param>
        /// <param name="against">A token whose logit is subtracted: why the one and not the other.</param>
        /// <returns>The target.</returns>
        public static TextTarget Next(string piece, string? against = null)
        {
            ArgumentException.ThrowIfNullOrEmpty(piece);
            ThrowIfEmpty(against);
            return new TokenTarget(piece, against, isMasked: false);
        }

        /// <summary>The logit of a token at the one mask of a text, such as <c>[MASK]</c>.</summary>
        /// <param name="piece">The token as it would be typed there.</param>
        /// <param name="against">A token whose logit is subtracted.</param>
        /// <returns>The target.</returns>
        public static TextTarget Masked(string piece, string? against = null)
        {
            ArgumentException.ThrowIfNullOrEmpty(piece);
            ThrowIfEmpty(against);
            return new TokenTarget(piece, against, isMasked: true);
        }

        /// <summary>The logit of a class by its name in config.json.</summary>
        /// <param name="label">The name.</param>
        /// <param name="against">A class whose logit is subtracted.</param>
        /// <returns>The target.</returns>
        public static TextTarget Label(string label, string? against = null)
        {
            ArgumentException.ThrowIfNullOrEmpty(label);
            ThrowIfEmpty(against);
            return new LabelTarget(label, against);
        }

        /// <summary>The logit of a class of one word, of a model that gives each token a class.</summary>
        /// <param name="word">
        /// The word, or the words, as written in the text, in which they stand once; the first token is explained.
        /// </param>
        /// <param name="label">The name of the class in config.json; null for the one that the model prefers.</param>
        /// <param name="against">A class whose logit is subtracted.</param>
        /// <returns>The target.</returns>
        public static TextTarget Tag(string word, string? label = null, string? against = null)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(word);
            ThrowIfEmpty(against);
            return new TagTarget(word, label, against);
        }

        /// <summary>
        /// The answer that a model finds in the second of two texts: the logit with which it begins, plus the one with
        /// which it ends.
        /// </summary>
        /// <param name="answer">
        /// Words of the second text, at the place where the sum is largest; null for the words that the model prefers,
        /// 15 tokens at most.
        /// </param>
        /// <param name="against">Other words of it, whose sum is subtracted.</param>
        /// <returns>The target.</returns>
        public static TextTarget Answer(string? answer = null, string? against = null)
        {
            if (answer is not null)
            {
                ArgumentException.ThrowIfNullOrWhiteSpace(answer);
            }

            if (against is not null)
            {
                ArgumentException.ThrowIfNullOrWhiteSpace(against);
            }

            return new AnswerTarget(answer, against);
        }
    }

    private static void ThrowIfEmpty(string? against)
    {
        if (against is "")
        {
            throw new ArgumentException("What the target is compared with is empty; null compares with nothing.");
        }
    }
}
