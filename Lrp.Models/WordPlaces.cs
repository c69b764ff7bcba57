using Lrp.Models.Explanations;

namespace Lrp.Models;

/// <summary>Where words stand in a text, as tokens.</summary>
internal static class WordPlaces
{
    /// <summary>
    /// The runs of tokens that are the words; where they stand apart somewhere, those inside longer words are left out.
    /// </summary>
    /// <param name="read">The text.</param>
    /// <param name="tokens">The tokens among which they are searched, in their order.</param>
    /// <param name="from">The unit of the text from which on they are searched.</param>
    /// <param name="words">The words as they are written in the text; blanks around them are left out.</param>
    /// <param name="where">How messages call the text.</param>
    /// <exception cref="ArgumentException">There are none, or they are no whole tokens.</exception>
    public static IReadOnlyList<TokenSpan> Of(
        ReadText read,
        IReadOnlyList<int> tokens,
        int from,
        string words,
        string where
    )
    {
        words = words.Trim();
        var covering = new List<TokenSpan>();
        var apart = new List<TokenSpan>();
        while (read.Text.IndexOf(words, from, StringComparison.Ordinal) is >= 0 and var start)
        {
            var end = start + words.Length;
            var inside = tokens.Where(k => Overlaps(read.Tokens[k], start, end)).ToList();
            if (inside.Count > 0)
            {
                var span = new TokenSpan(inside[0], inside[^1]);
                covering.Add(span);
                if (!Words.IsInside(read.Text, start) && !Words.IsInside(read.Text, end))
                {
                    apart.Add(span);
                }
            }

            from = start + 1;
        }

        var whole = Whole(apart) is { Count: > 0 } alone ? alone : Whole(covering);
        return whole.Count > 0
            ? whole
            : throw new ArgumentException(
                covering.Count > 0
                    ? $"'{words}' is a part of a token in {where}: take '{covering[0].TextIn(read)}', which is whole "
                        + "tokens."
                    : $"'{words}' does not stand in {where}: take words of it as they are written there."
            );

        List<TokenSpan> Whole(List<TokenSpan> spans) => spans.FindAll(span => span.TextIn(read) == words);
    }

    private static bool Overlaps(TextToken token, int start, int end) =>
        token.Start < end && token.Start + token.Length > start;
}

/// <summary>From one token of a text to another.</summary>
/// <param name="First">The place of the first token.</param>
/// <param name="Last">The place of the last token.</param>
internal readonly record struct TokenSpan(int First, int Last)
{
    /// <summary>What stands there, without blanks around it.</summary>
    public string TextIn(ReadText read)
    {
        var (first, last) = (read.Tokens[First], read.Tokens[Last]);
        return read.Text[first.Start..(last.Start + last.Length)].Trim();
    }
}
