using Lrp.Models.Tokenizers;

namespace Lrp.Models;

/// <summary>The ids that a reader means.</summary>
internal static class TokenWords
{
    /// <summary>The one token that a piece of text is behind a text, or alone.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="text">The text that it follows.</param>
    /// <param name="piece">The piece.</param>
    /// <param name="alone">Whether it stands alone, as at a mask.</param>
    /// <exception cref="ArgumentException">It is several tokens, or not one of its own.</exception>
    public static long IdOf(Tokenizer tokenizer, string text, string piece, bool alone)
    {
        var ids = alone ? Alone(tokenizer, piece) : Behind(tokenizer, text, piece) ?? Alone(tokenizer, piece);
        if (ids.Count == 1)
        {
            return ids[0];
        }

        // The name that the vocabulary has for a token means this token.
        return tokenizer.TokenToId(piece) is { } id
            ? id
            : throw new ArgumentException(
                $"'{piece}' is {ids.Count} tokens ({string.Join(", ", ids.Select(tokenizer.IdToToken))}), and a target "
                    + "is one: name the first of them, and explain the next one with a longer text."
            );
    }

    private static IReadOnlyList<long> Alone(Tokenizer tokenizer, string piece) =>
        tokenizer.Encode(piece, specialTokens: false).Ids;

    /// <summary>What a text gets more when the piece follows it; null where the text itself changes.</summary>
    private static List<long>? Behind(Tokenizer tokenizer, string text, string piece)
    {
        var before = tokenizer.Encode(text, specialTokens: false).Ids;
        var both = tokenizer.Encode(text + piece, specialTokens: false).Ids;
        return both.Count > before.Count && both.Take(before.Count).SequenceEqual(before)
            ? [.. both.Skip(before.Count)]
            : null;
    }
}
