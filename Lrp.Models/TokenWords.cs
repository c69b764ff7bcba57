using Lrp.Models.Tokenizers;

namespace Lrp.Models;

/// <summary>The ids that a reader means.</summary>
internal static class TokenWords
{
    private static readonly string[] UsualMasks = ["[MASK]", "<mask>"];
    private static readonly string[] UsualUnknowns = ["[UNK]", "<unk>"];

    /// <summary>How the mask is written in a text.</summary>
    public static string MaskOf(Tokenizer tokenizer) =>
        tokenizer.Special.Mask
        ?? UsualMasks.FirstOrDefault(mask => tokenizer.TokenToId(mask) is not null)
        ?? UsualMasks[0];

    /// <summary>The positions of the mask in a text.</summary>
    public static IReadOnlyList<int> PlacesOfMask(Tokenizer tokenizer, TokenEncoding encoding)
    {
        // By its number: in the tokens it is as in the text, with a blank that belongs to it.
        var id = tokenizer.TokenToId(MaskOf(tokenizer));
        return [.. Enumerable.Range(0, encoding.Count).Where(k => encoding.Ids[k] == id)];
    }

    /// <summary>The one token that a piece of text is behind a text.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="text">The text that it follows.</param>
    /// <param name="piece">The piece.</param>
    /// <exception cref="ArgumentException">It is several tokens, or not one of its own.</exception>
    public static long Next(Tokenizer tokenizer, string text, string piece)
    {
        // Where the piece changes the text's last token, what it is behind a line's end: some tokenizers put a blank
        // before a text, and so before a piece that stands alone.
        var ids = Behind(tokenizer, text, piece) ?? Behind(tokenizer, "\n", piece) ?? Alone(tokenizer, piece);
        return Only(tokenizer, piece, ids);
    }

    /// <summary>The one token that a piece of text is where a mask stands.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="read">The text with the mask.</param>
    /// <param name="place">The position of the mask.</param>
    /// <param name="piece">The piece.</param>
    /// <exception cref="ArgumentException">It is several tokens, or not one of its own.</exception>
    public static long AtMask(Tokenizer tokenizer, ReadText read, int place, string piece) =>
        Only(tokenizer, piece, InPlace(tokenizer, read, place, piece) ?? Alone(tokenizer, piece));

    private static long Only(Tokenizer tokenizer, string piece, IReadOnlyList<long> ids)
    {
        if (ids.Count == 1)
        {
            return IsUnknown(tokenizer, ids[0], piece)
                ? throw new ArgumentException(
                    $"The vocabulary has no '{piece}', and {tokenizer.IdToToken(ids[0])} stands for all that it does "
                        + "not have: name another token."
                )
                : ids[0];
        }

        // The name that the vocabulary has for a token means this token.
        return tokenizer.TokenToId(piece) is { } id
            ? id
            : throw new ArgumentException(
                $"'{piece}' is {ids.Count} tokens ({string.Join(", ", ids.Select(tokenizer.IdToToken))}), and a target "
                    + "is one: name the first of them, and explain the next one with a longer text."
            );
    }

    private static bool IsUnknown(Tokenizer tokenizer, long id, string piece)
    {
        var name = tokenizer.IdToToken(id);
        return (name == tokenizer.Special.Unknown || UsualUnknowns.Contains(name)) && piece.Trim() != name;
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

    /// <summary>
    /// The token that takes the mask's place when the piece does, with a blank before it where the text has one; null
    /// where the tokens around it change.
    /// </summary>
    private static List<long>? InPlace(Tokenizer tokenizer, ReadText read, int place, string piece)
    {
        var mask = MaskOf(tokenizer);
        var start = read.Text.IndexOf(mask, read.Tokens[place].Start, StringComparison.Ordinal);
        if (start < 0)
        {
            return null;
        }

        var ids = read.Encoding.Ids;
        var filled = read.Replaced(tokenizer, start, mask.Length, piece).Ids;
        return
            filled.Count == ids.Count
            && filled.Take(place).SequenceEqual(ids.Take(place))
            && filled.Skip(place + 1).SequenceEqual(ids.Skip(place + 1))
            ? [filled[place]]
            : null;
    }
}
