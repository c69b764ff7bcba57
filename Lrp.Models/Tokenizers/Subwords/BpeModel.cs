using System.Collections.Concurrent;
using System.Text;

namespace Lrp.Models.Tokenizers.Subwords;

/// <summary>
/// Byte-pair encoding: the characters of a piece are merged pair by pair, the pair that was learned first before all
/// others (Sennrich et al., "Neural machine translation of rare words with subword units", 2016).
/// </summary>
internal sealed class BpeModel : ISubwordModel
{
    /// <summary>How many pieces are remembered, and up to what length.</summary>
    private const int CacheSize = 10_000;
    private const int LongestInCache = 256;

    private readonly BpeOptions _options;
    private readonly Dictionary<long, BpeMerge> _merges;
    private readonly int[]? _bytes;
    private readonly ConcurrentDictionary<string, Subword[]> _cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Subword[]>.AlternateLookup<ReadOnlySpan<char>> _cacheBySpan;
    private int _cached;

    /// <summary>Creates a model.</summary>
    /// <param name="tokens">The vocabulary.</param>
    /// <param name="merges">The pairs of tokens that are merged, the first learned first.</param>
    /// <param name="options">What else there is to say.</param>
    /// <exception cref="FormatException">
    /// A merge has a part, or leads to a token, that is not in the vocabulary.
    /// </exception>
    public BpeModel(TokenTable tokens, IReadOnlyList<(string Left, string Right)> merges, BpeOptions options)
    {
        Tokens = tokens;
        _options = options;
        _bytes = options.ByteFallback ? tokens.ByteTokens() : null;
        _cacheBySpan = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
        _merges = new Dictionary<long, BpeMerge>(merges.Count);
        var prefix = options.ContinuingPrefix?.Length ?? 0;
        for (var rank = 0; rank < merges.Count; rank++)
        {
            var (left, right) = merges[rank];
            var merged = left + right[Math.Min(prefix, right.Length)..];
            _merges[BpeMerge.Key(Id(left, rank), Id(right, rank))] = new BpeMerge(rank, Id(merged, rank));
        }
    }

    public TokenTable Tokens { get; }

    public void Cut(ReadOnlySpan<char> piece, List<Subword> result)
    {
        if (_options.IgnoreMerges && Tokens.TryGetId(piece, out var whole))
        {
            result.Add(new Subword(whole, 0, piece.Length));
            return;
        }

        if (_cacheBySpan.TryGetValue(piece, out var known))
        {
            result.AddRange(known);
            return;
        }

        var first = result.Count;
        new BpeMerging(_merges, Symbols(piece)).AppendTo(result);
        if (piece.Length < LongestInCache && _cached < CacheSize)
        {
            Interlocked.Increment(ref _cached);
            _cacheBySpan[piece] = [.. result[first..]];
        }
    }

    private int Id(string token, int rank) =>
        Tokens.TryGetId(token, out var id)
            ? id
            : throw new FormatException($"Merge {rank} needs the token '{token}', which is not in the vocabulary.");

    /// <summary>The tokens of single characters, of their bytes, or the one for what is unknown.</summary>
    private List<Subword> Symbols(ReadOnlySpan<char> piece)
    {
        var symbols = new List<Subword>(piece.Length);
        Subword? unknown = null;
        var start = 0;
        foreach (var rune in piece.EnumerateRunes())
        {
            var end = start + rune.Utf16SequenceLength;
            if (TryGetSymbol(piece, start, end, out var id))
            {
                Flush();
                symbols.Add(new Subword(id, start, end));
            }
            else if (!TryAddBytes(piece, start, end, symbols) && _options.Unknown is { } token)
            {
                if (unknown is { } open && _options.FuseUnknown)
                {
                    unknown = open with { End = end };
                }
                else
                {
                    Flush();
                    unknown = new Subword(Tokens.Required(token, "the token for what is unknown"), start, end);
                }
            }

            start = end;
        }

        Flush();
        return symbols;

        void Flush()
        {
            if (unknown is { } open)
            {
                symbols.Add(open);
                unknown = null;
            }
        }
    }

    private bool TryGetSymbol(ReadOnlySpan<char> piece, int start, int end, out int id)
    {
        var prefix = start > 0 ? _options.ContinuingPrefix : null;
        var suffix = end == piece.Length ? _options.EndOfWordSuffix : null;
        var symbol = piece[start..end];
        return string.IsNullOrEmpty(prefix) && string.IsNullOrEmpty(suffix)
            ? Tokens.TryGetId(symbol, out id)
            : Tokens.TryGetId(string.Concat(prefix, symbol, suffix), out id);
    }

    private bool TryAddBytes(ReadOnlySpan<char> piece, int start, int end, List<Subword> symbols)
    {
        if (_bytes is null)
        {
            return false;
        }

        var prefix = start > 0 ? _options.ContinuingPrefix : null;
        var suffix = end == piece.Length ? _options.EndOfWordSuffix : null;
        var bytes = Encoding.UTF8.GetBytes(string.Concat(prefix, piece[start..end], suffix));
        if (Array.Exists(bytes, value => _bytes[value] < 0))
        {
            return false;
        }

        foreach (var value in bytes)
        {
            symbols.Add(new Subword(_bytes[value], start, end));
        }

        return true;
    }
}
