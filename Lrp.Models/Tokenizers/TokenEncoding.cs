using Lrp.Models.Tokenizers.Processors;

namespace Lrp.Models.Tokenizers;

/// <summary>The tokens of a text, or of two texts. All lists have one entry a token.</summary>
public sealed class TokenEncoding
{
    internal TokenEncoding(TokenRow row)
    {
        Ids = Column(row, token => (long)token.Id);
        Tokens = Column(row, token => token.Text);
        Offsets = Column(row, token => new TextSpan(token.Origin.Start, token.Origin.End));
        TypeIds = Column(row, token => (long)token.TypeId);
        AttentionMask = Column(row, token => token.IsPadding ? 0L : 1L);
        SpecialTokensMask = Column(row, token => token.Sequence is null);
        WordIds = Column(row, token => token.Word);
        SequenceIds = Column(row, token => token.Sequence);
        Overflow = [.. row.Overflow.Select(rest => new TokenEncoding(rest))];
    }

    /// <summary>The number of tokens, special tokens and padding included.</summary>
    public int Count => Ids.Count;

    /// <summary>The ids, which a model takes.</summary>
    public IReadOnlyList<long> Ids { get; }

    /// <summary>
    /// The tokens as the vocabulary has them, with its marks such as <c>##</c>, <c>Ġ</c> or <c>▁</c>. For an added
    /// token, and for what is unknown to a unigram model: as in the text.
    /// </summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>
    /// Where each token is in its text. Tokens that are parts of one character have all of it. Special tokens and
    /// padding have 0 to 0.
    /// </summary>
    public IReadOnlyList<TextSpan> Offsets { get; }

    /// <summary>Which text a token belongs to, as the model wants to be told.</summary>
    public IReadOnlyList<long> TypeIds { get; }

    /// <summary>1 for tokens, 0 for padding.</summary>
    public IReadOnlyList<long> AttentionMask { get; }

    /// <summary>Whether a token belongs to no text: special tokens that were added, and padding.</summary>
    public IReadOnlyList<bool> SpecialTokensMask { get; }

    /// <summary>The number of the word that a token belongs to, counted in its text; null for special tokens.</summary>
    public IReadOnlyList<int?> WordIds { get; }

    /// <summary>0 for tokens of the first text, 1 for those of the second one, null for special tokens.</summary>
    public IReadOnlyList<int?> SequenceIds { get; }

    /// <summary>What was cut off, as further encodings; empty where nothing was.</summary>
    public IReadOnlyList<TokenEncoding> Overflow { get; }

    private static T[] Column<T>(TokenRow row, Func<RowToken, T> value)
    {
        var column = new T[row.Count];
        for (var i = 0; i < column.Length; i++)
        {
            column[i] = value(row.Tokens[i]);
        }

        return column;
    }
}
