using System.Text;

namespace Lrp.Models.Tokenizers.Subwords;

/// <summary>
/// The unigram model: of all ways to cut a text the one whose tokens have the largest sum of log-probabilities (Kudo,
/// "Subword Regularization", 2018; as in SentencePiece).
/// </summary>
internal sealed class UnigramModel : ISubwordModel
{
    /// <summary>By how much an unknown character is less probable than the least probable token.</summary>
    private const double UnknownPenalty = 10;

    private readonly TokenTrie _trie = new();
    private readonly double[] _scores;
    private readonly int? _unknown;
    private readonly double _unknownScore;
    private readonly int[]? _bytes;

    /// <summary>Creates a model.</summary>
    /// <param name="tokens">The tokens with their log-probabilities; the place is the id.</param>
    /// <param name="unknown">The id for what is unknown; null where there is none.</param>
    /// <param name="byteFallback">Whether unknown text becomes byte tokens, if the vocabulary has them.</param>
    /// <exception cref="FormatException">There is no token with the id for what is unknown.</exception>
    public UnigramModel(IReadOnlyList<(string Token, double Score)> tokens, int? unknown, bool byteFallback)
    {
        if (unknown is { } id && (id < 0 || id >= tokens.Count))
        {
            throw new FormatException($"unk_id is {id}, but the vocabulary has {tokens.Count} tokens.");
        }

        Tokens = TokenTable.FromList(tokens.Select(entry => entry.Token));
        _scores = [.. tokens.Select(entry => entry.Score)];
        _unknown = unknown;
        _unknownScore = _scores.DefaultIfEmpty().Min() - UnknownPenalty;
        _bytes = byteFallback ? Tokens.ByteTokens() : null;
        for (var i = 0; i < tokens.Count; i++)
        {
            _trie.Add(tokens[i].Token, i);
        }
    }

    public TokenTable Tokens { get; }

    public void Cut(ReadOnlySpan<char> piece, List<Subword> result)
    {
        var first = result.Count;
        var best = BestPath(piece);
        var end = piece.Length;
        while (end > 0)
        {
            // Unknown characters that follow each other are one token.
            var start = best[end].Start;
            var id = best[end].Id;
            while (id == _unknown && start > 0 && best[start].Id == _unknown)
            {
                start = best[start].Start;
            }

            AddReversed(piece, start, end, id, result);
            end = start;
        }

        result.Reverse(first, result.Count - first);
    }

    private void AddReversed(ReadOnlySpan<char> piece, int start, int end, int id, List<Subword> result)
    {
        var text = piece[start..end];
        if (id != _unknown || Tokens.TryGetId(text, out id))
        {
            result.Add(new Subword(id, start, end));
            return;
        }

        Span<byte> bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, bytes);
        if (_bytes is not null && !MissesOne(bytes))
        {
            for (var i = bytes.Length - 1; i >= 0; i--)
            {
                result.Add(new Subword(_bytes[bytes[i]], start, end));
            }
        }
        else
        {
            result.Add(new Subword(_unknown!.Value, start, end, text.ToString()));
        }
    }

    private bool MissesOne(ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            if (_bytes![value] < 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>For each end of a token: the best token that ends there. Of equal ones the first found.</summary>
    private Step[] BestPath(ReadOnlySpan<char> piece)
    {
        var best = new Step[piece.Length + 1];
        Array.Fill(best, new Step(-1, 0, -1));
        best[0] = default;
        var start = 0;
        while (start < piece.Length)
        {
            var length = char.IsHighSurrogate(piece[start]) && start + 1 < piece.Length ? 2 : 1;
            var single = false;
            var score = best[start].Score;
            var node = TokenTrie.Root;
            for (var end = start + 1; end <= piece.Length && _trie.TryStep(ref node, piece[end - 1]); end++)
            {
                if (_trie.IdAt(node) is >= 0 and var id)
                {
                    single |= end - start == length;
                    Improve(ref best[end], new Step(start, score + _scores[id], id));
                }
            }

            if (!single)
            {
                var unknown =
                    _unknown
                    ?? throw new InvalidOperationException(
                        $"'{piece.Slice(start, length)}' is not in the vocabulary, and there is no unk_id."
                    );
                Improve(ref best[start + length], new Step(start, score + _unknownScore, unknown));
            }

            start += length;
        }

        return best;
    }

    private static void Improve(ref Step best, Step candidate)
    {
        if (best.Start < 0 || candidate.Score > best.Score)
        {
            best = candidate;
        }
    }

    private readonly record struct Step(int Start, double Score, int Id);
}
