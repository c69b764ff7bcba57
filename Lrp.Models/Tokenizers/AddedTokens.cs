using System.Diagnostics.CodeAnalysis;
using Lrp.Models.Tokenizers.Normalizers;
using Lrp.Models.Tokenizers.Subwords;
using Lrp.Models.Tokenizers.Text;

namespace Lrp.Models.Tokenizers;

/// <summary>The added tokens of a tokenizer with their ids.</summary>
internal sealed class AddedTokens
{
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<int, AddedToken> _tokens = [];
    private readonly HashSet<string> _special = new(StringComparer.Ordinal);
    private readonly INormalizer? _normalizer;
    private readonly AddedTokenSearch _asGiven;
    private readonly AddedTokenSearch _normalized;

    /// <summary>
    /// Creates a list. A token has the id of the vocabulary; one that is not in it gets the next free id.
    /// </summary>
    public AddedTokens(IEnumerable<AddedToken> tokens, TokenTable vocabulary, INormalizer? normalizer)
    {
        _normalizer = normalizer;
        foreach (var token in tokens.Where(token => token.Content.Length > 0))
        {
            if (!_ids.TryGetValue(token.Content, out var id) && !vocabulary.TryGetId(token.Content, out id))
            {
                id = Math.Max(_ids.Values.DefaultIfEmpty(-1).Max() + 1, vocabulary.Count);
            }

            _ids[token.Content] = id;
            _tokens[id] = token;
            if (token.IsSpecial)
            {
                _special.Add(token.Content);
            }
        }

        var sought = _ids.Select(entry => (Token: _tokens[entry.Value], Id: entry.Value))
            .Where(entry => entry.Token.IsSought)
            .ToList();
        _asGiven = new AddedTokenSearch(
            sought
                .Where(entry => !entry.Token.IsNormalized)
                .Select(entry => (entry.Token.Content, entry.Token, entry.Id))
        );
        _normalized = new AddedTokenSearch(
            sought
                .Where(entry => entry.Token.IsNormalized)
                .Select(entry => (Normalized(entry.Token.Content), entry.Token, entry.Id))
        );
    }

    /// <summary>One more than the largest id; 0 where there are none.</summary>
    public int Limit => _tokens.Keys.DefaultIfEmpty(-1).Max() + 1;

    public bool TryGetId(string token, out int id) => _ids.TryGetValue(token, out id);

    public bool TryGetToken(int id, [NotNullWhen(true)] out string? token)
    {
        token = _tokens.GetValueOrDefault(id)?.Content;
        return token is not null;
    }

    public bool IsSpecial(string token) => _special.Contains(token);

    /// <summary>Takes the added tokens out of a text, and normalizes the rest.</summary>
    public PieceList Extract(string text)
    {
        var pieces = new PieceList();
        foreach (var (part, token) in _asGiven.Cut(AlignedText.From(text)))
        {
            if (token != PieceList.NoToken)
            {
                pieces.Add(part, token);
                continue;
            }

            foreach (var (inner, added) in _normalized.Cut(_normalizer?.Normalize(part) ?? part))
            {
                pieces.Add(inner, added);
            }
        }

        return pieces;
    }

    private string Normalized(string content) =>
        _normalizer is null ? content : new string(_normalizer.Normalize(AlignedText.From(content)).Chars);
}
