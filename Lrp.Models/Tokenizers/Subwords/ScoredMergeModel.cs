using System.Text;

namespace Lrp.Models.Tokenizers.Subwords;

/// <summary>
/// SentencePiece's byte-pair encoding: of two neighbours that together are a token, those with the highest score are
/// merged first, of equal scores the left ones; what is no token in the end becomes its bytes (Kudo and Richardson
/// 2018).
/// </summary>
internal sealed class ScoredMergeModel : ISubwordModel
{
    private const int None = -1;

    private readonly float[] _scores;
    private readonly int[] _bytes;
    private readonly int? _unknown;

    /// <summary>Creates a model.</summary>
    /// <param name="tokens">The vocabulary.</param>
    /// <param name="scores">The score of each id.</param>
    /// <param name="unknown">The id of what has no bytes either; null: it is left out.</param>
    public ScoredMergeModel(TokenTable tokens, float[] scores, int? unknown)
    {
        Tokens = tokens;
        _scores = scores;
        _bytes = tokens.ByteTokens();
        _unknown = unknown;
    }

    public TokenTable Tokens { get; }

    public void Cut(ReadOnlySpan<char> piece, List<Subword> tokens)
    {
        // The symbols are a linked list: of each its end in the piece, and those before and behind it.
        var starts = new List<int>(piece.Length);
        var position = 0;
        foreach (var rune in piece.EnumerateRunes())
        {
            starts.Add(position);
            position += rune.Utf16SequenceLength;
        }

        var count = starts.Count;
        var ends = Enumerable.Range(1, count).Select(i => i < count ? starts[i] : position).ToArray();
        var previous = Enumerable.Range(-1, count).ToArray();
        var next = Enumerable.Range(1, count).Select(i => i < count ? i : None).ToArray();
        var queue = new PriorityQueue<(int Left, int Right, int End), (float Score, int Left)>(HighestThenLeft);
        for (var i = 1; i < count; i++)
        {
            Offer(piece, i - 1, i);
        }

        while (queue.TryDequeue(out var pair, out _))
        {
            var (left, right, end) = pair;
            if (ends[left] != starts[right] || ends[right] != end)
            {
                // One of the two has been merged with something else meanwhile.
                continue;
            }

            ends[left] = end;
            ends[right] = None;
            next[left] = next[right];
            if (next[left] != None)
            {
                previous[next[left]] = left;
            }

            Offer(piece, previous[left], left);
            Offer(piece, left, next[left]);
        }

        for (var i = count == 0 ? None : 0; i != None; i = next[i])
        {
            Append(piece, starts[i], ends[i], tokens);
        }

        void Offer(ReadOnlySpan<char> text, int left, int right)
        {
            if (left != None && right != None && Tokens.TryGetId(text[starts[left]..ends[right]], out var id))
            {
                queue.Enqueue((left, right, ends[right]), (_scores[id], left));
            }
        }
    }

    private static readonly Comparer<(float Score, int Left)> HighestThenLeft = Comparer<(
        float Score,
        int Left
    )>.Create(
        (one, other) => one.Score == other.Score ? one.Left.CompareTo(other.Left) : other.Score.CompareTo(one.Score)
    );

    private void Append(ReadOnlySpan<char> piece, int start, int end, List<Subword> tokens)
    {
        if (Tokens.TryGetId(piece[start..end], out var id))
        {
            tokens.Add(new Subword(id, start, end));
            return;
        }

        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(end - start)];
        var count = Encoding.UTF8.GetBytes(piece[start..end], bytes);
        if (!Array.Exists(bytes[..count], value => _bytes[value] < 0))
        {
            tokens.AddRange(bytes.Take(count).Select(value => new Subword(_bytes[value], start, end)));
        }
        else if (_unknown is { } unknown)
        {
            tokens.Add(new Subword(unknown, start, end));
        }
    }
}
