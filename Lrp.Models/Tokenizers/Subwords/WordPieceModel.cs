namespace Lrp.Models.Tokenizers.Subwords;

/// <summary>
/// WordPiece: the longest token that a word begins with, then the longest that continues it (Schuster and Nakajima,
/// "Japanese and Korean voice search", 2012; as in BERT).
/// </summary>
/// <param name="tokens">The vocabulary.</param>
/// <param name="unknown">The token of a word that cannot be cut into tokens.</param>
/// <param name="prefix">What tokens begin with that continue a word.</param>
/// <param name="longestWord">With how many characters a word is still cut; a longer one is unknown.</param>
internal sealed class WordPieceModel(TokenTable tokens, string unknown, string prefix, int longestWord) : ISubwordModel
{
    public TokenTable Tokens => tokens;

    public void Cut(ReadOnlySpan<char> piece, List<Subword> result)
    {
        var first = result.Count;
        if (CharacterCount(piece) > longestWord || !TryCut(piece, result))
        {
            result.RemoveRange(first, result.Count - first);
            result.Add(new Subword(tokens.Required(unknown, "the token for unknown words"), 0, piece.Length));
        }
    }

    private bool TryCut(ReadOnlySpan<char> piece, List<Subword> result)
    {
        // The word with the prefix before its rest: a candidate is then a part of this.
        Span<char> room = new char[prefix.Length + Math.Min(piece.Length, tokens.LongestToken)];
        prefix.CopyTo(room);
        var start = 0;
        while (start < piece.Length)
        {
            var longest = Math.Min(piece.Length - start, tokens.LongestToken);
            piece.Slice(start, longest).CopyTo(room[prefix.Length..]);
            var candidate = start == 0 ? room[prefix.Length..] : room;
            var length = longest;
            int id;
            while (!tokens.TryGetId(candidate[..(length + (start == 0 ? 0 : prefix.Length))], out id))
            {
                length--;
                if (length == 0)
                {
                    return false;
                }
            }

            result.Add(new Subword(id, start, start + length));
            start += length;
        }

        return true;
    }

    private static int CharacterCount(ReadOnlySpan<char> piece)
    {
        var count = 0;
        foreach (var _ in piece.EnumerateRunes())
        {
            count++;
        }

        return count;
    }
}
