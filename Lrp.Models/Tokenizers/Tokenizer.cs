using Lrp.Models.Tokenizers.Processors;
using Lrp.Models.Tokenizers.Subwords;
using Lrp.Models.Tokenizers.Text;

namespace Lrp.Models.Tokenizers;

/// <summary>
/// Cuts texts into the tokens of a published model, and says where in the text each token is. Several threads can use
/// one tokenizer.
/// </summary>
/// <remarks>
/// It reads <c>tokenizer.json</c> as Hugging Face's library does, with the same ids and the same places in the text.
/// Nothing is cut off or filled up unless a call asks for it; what the file itself asks for is in
/// <see cref="Truncation"/> and <see cref="Padding"/>.
/// </remarks>
public sealed partial class Tokenizer
{
    private readonly AddedTokens _added;
    private readonly ISubwordModel _model;

    internal Tokenizer(TokenizerParts parts)
    {
        Parts = parts;
        _model = parts.Model;
        _added = new AddedTokens(parts.Added, parts.Model.Tokens, parts.Normalizer);
    }

    /// <summary>What special tokens are for.</summary>
    public SpecialTokens Special => Parts.Special;

    /// <summary>How the tokenizer's file says that encodings are cut; null where it does not.</summary>
    public Truncation? Truncation => Parts.Truncation;

    /// <summary>How the tokenizer's file says that batches are filled up; null where it does not.</summary>
    public Padding? Padding => Parts.Padding;

    /// <summary>The number of ids, added tokens included.</summary>
    public int VocabularySize => Math.Max(_model.Tokens.Count, _added.Limit);

    internal TokenizerParts Parts { get; }

    /// <summary>Encodes a text.</summary>
    /// <param name="text">The text; it may be empty.</param>
    /// <param name="specialTokens">Whether the model's special tokens are put around it.</param>
    /// <param name="truncation">To which length it is cut; null: not at all.</param>
    /// <exception cref="ArgumentException">The truncation leaves no room for the text.</exception>
    public TokenEncoding Encode(string text, bool specialTokens = true, Truncation? truncation = null) =>
        new(Row([text], specialTokens, truncation));

    /// <summary>Encodes two texts as one row, for instance a question and a passage.</summary>
    /// <param name="text">The first text.</param>
    /// <param name="pair">The second text; an empty one counts as none, as in Hugging Face's transformers.</param>
    /// <param name="specialTokens">Whether the model's special tokens are put around them.</param>
    /// <param name="truncation">To which length both together are cut; null: not at all.</param>
    /// <exception cref="ArgumentException">The truncation leaves no room for the texts.</exception>
    public TokenEncoding Encode(string text, string pair, bool specialTokens = true, Truncation? truncation = null) =>
        new(Row(pair is "" ? [text] : [text, pair], specialTokens, truncation));

    /// <summary>Encodes several texts, so that all encodings have one length.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="padding">
    /// How shorter ones are filled up; null: to the longest one, with the tokenizer's token.
    /// </param>
    /// <param name="specialTokens">Whether the model's special tokens are put around each of them.</param>
    /// <param name="truncation">To which length they are cut; null: not at all.</param>
    /// <returns>One encoding a text.</returns>
    /// <exception cref="ArgumentException">
    /// The truncation leaves no room, or the padding's token is not known.
    /// </exception>
    public IReadOnlyList<TokenEncoding> EncodeBatch(
        IEnumerable<string> texts,
        Padding? padding = null,
        bool specialTokens = true,
        Truncation? truncation = null
    )
    {
        ArgumentNullException.ThrowIfNull(texts);
        padding ??= new Padding();
        var rows = texts.Select(text => Row([text], specialTokens, truncation)).ToList();
        var length = padding.LengthFor(rows.Select(row => row.Count));
        if (rows.Exists(row => Shortest(row) < length))
        {
            var filler = Filler(padding);
            rows.ForEach(row => row.Pad(length, filler, padding.Side == Side.Left));
        }

        return [.. rows.Select(row => new TokenEncoding(row))];
    }

    /// <summary>
    /// Encodes a text that goes on: with the special tokens that are put before it, and without those behind it.
    /// </summary>
    internal TokenEncoding EncodeBeginning(string text)
    {
        var row = Row([text], specialTokens: true, truncation: null);
        row.RemoveSpecialEnd();
        return new TokenEncoding(row);
    }

    /// <summary>The text of tokens.</summary>
    /// <param name="ids">The ids.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no token with one of the ids.</exception>
    public string Decode(IEnumerable<long> ids, bool skipSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var tokens = ids.Select(IdToToken).Where(token => !(skipSpecialTokens && _added.IsSpecial(token))).ToList();
        return Parts.Decoder is { } decoder ? string.Concat(decoder.Decode(tokens)) : string.Join(' ', tokens);
    }

    /// <summary>The id of a token, spelled as in the vocabulary; null where there is none.</summary>
    /// <param name="token">The token.</param>
    public long? TokenToId(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return _added.TryGetId(token, out var id) || _model.Tokens.TryGetId(token, out id) ? id : null;
    }

    /// <summary>The token of an id, spelled as in the vocabulary.</summary>
    /// <param name="id">The id.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no token with this id.</exception>
    public string IdToToken(long id) =>
        id is >= 0 and <= int.MaxValue
        && (_added.TryGetToken((int)id, out var token) || _model.Tokens.TryGetToken((int)id, out token))
            ? token
            : throw new ArgumentOutOfRangeException(
                nameof(id),
                id,
                $"There is no token {id}; the vocabulary has {VocabularySize} tokens."
            );

    private static int Shortest(TokenRow row) => row.Overflow.Select(Shortest).Append(row.Count).Min();

    private RowToken Filler(Padding padding)
    {
        var token =
            padding.Token
            ?? Padding?.Token
            ?? Special.Padding
            ?? throw new ArgumentException(
                "The tokenizer names no token to fill up shorter texts with; give one as Padding.Token."
            );
        var id =
            TokenToId(token) ?? throw new ArgumentException($"The padding's token '{token}' is not in the vocabulary.");
        return RowToken.Special((int)id, token, padding.TypeId, isPadding: true);
    }

    private TokenRow Row(IReadOnlyList<string> texts, bool specialTokens, Truncation? truncation)
    {
        var rows = texts.Select(Row).ToList();
        truncation?.Apply(rows, specialTokens ? Parts.Processor?.AddedTokens(rows.Count == 2) ?? 0 : 0);
        rows = Parts.Processor?.Process(rows, specialTokens) ?? rows;
        foreach (var row in rows.Skip(1))
        {
            rows[0].Append(row);
        }

        return rows[0];
    }

    private TokenRow Row(string text, int sequence)
    {
        ArgumentNullException.ThrowIfNull(text);
        var pieces = _added.Extract(text);
        Parts.PreTokenizer?.Cut(pieces);
        var tokens = new List<RowToken>(text.Length / 3);
        var subwords = new List<Subword>();
        for (var word = 0; word < pieces.Pieces.Count; word++)
        {
            var piece = pieces.Pieces[word];
            subwords.Clear();
            if (piece.Token == PieceList.NoToken)
            {
                _model.Cut(pieces.Chars(piece), subwords);
            }
            else
            {
                subwords.Add(new Subword(piece.Token, 0, piece.Length, pieces.Chars(piece).ToString()));
            }

            var origins = pieces.Origins(piece);
            foreach (var (id, start, end, given) in subwords)
            {
                var origin = new Origin(origins[start].Start, origins[end - 1].End);
                tokens.Add(new RowToken(id, given ?? _model.Tokens[id], origin, word, sequence, sequence));
            }
        }

        return new TokenRow(tokens);
    }
}
