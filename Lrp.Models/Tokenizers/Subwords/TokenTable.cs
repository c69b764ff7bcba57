using System.Diagnostics.CodeAnalysis;

namespace Lrp.Models.Tokenizers.Subwords;

/// <summary>A vocabulary: tokens and their ids, in both directions.</summary>
internal sealed class TokenTable
{
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _bySpan;
    private readonly Dictionary<int, string> _tokens = [];

    /// <summary>Creates a table. Where a token occurs twice, its last id is the one that counts.</summary>
    public TokenTable(IEnumerable<KeyValuePair<string, int>> tokens)
    {
        foreach (var (token, id) in tokens)
        {
            _ids[token] = id;
            _tokens[id] = token;
            LongestToken = Math.Max(LongestToken, token.Length);
        }

        _bySpan = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>A table in which a token's place is its id.</summary>
    public static TokenTable FromList(IEnumerable<string> tokens) =>
        new(tokens.Select((token, id) => KeyValuePair.Create(token, id)));

    /// <summary>The number of different tokens.</summary>
    public int Count => _ids.Count;

    /// <summary>The number of UTF-16 units of the longest token.</summary>
    public int LongestToken { get; }

    public bool TryGetId(ReadOnlySpan<char> token, out int id) => _bySpan.TryGetValue(token, out id);

    public bool TryGetToken(int id, [NotNullWhen(true)] out string? token) => _tokens.TryGetValue(id, out token);

    /// <summary>The token of an id that the model itself has given.</summary>
    public string this[int id] => _tokens[id];

    /// <summary>The id of a token that the model cannot do without.</summary>
    /// <exception cref="InvalidOperationException">The vocabulary does not have it.</exception>
    public int Required(string token, string role) =>
        TryGetId(token, out var id)
            ? id
            : throw new InvalidOperationException($"The vocabulary has no '{token}', which is {role}.");

    /// <summary>The ids of the 256 byte tokens &lt;0x00&gt; to &lt;0xFF&gt;; −1 for those that are missing.</summary>
    public int[] ByteTokens() =>
        [.. Enumerable.Range(0, 256).Select(value => TryGetId($"<0x{value:X2}>", out var id) ? id : -1)];
}
