namespace Lrp.Models.Tokenizers.Processors;

/// <summary>The tokens of a text, or of two, while special tokens are added and the row is cut to a length.</summary>
internal sealed class TokenRow
{
    private readonly List<RowToken> _tokens;

    public TokenRow(IEnumerable<RowToken>? tokens = null)
    {
        _tokens = [.. tokens ?? []];
    }

    public IReadOnlyList<RowToken> Tokens => _tokens;

    public int Count => _tokens.Count;

    /// <summary>The rows of what was cut off.</summary>
    public List<TokenRow> Overflow { get; private set; } = [];

    /// <summary>Changes each token, also of the rows of what was cut off.</summary>
    public void ForEach(Func<RowToken, int, RowToken> change)
    {
        for (var i = 0; i < _tokens.Count; i++)
        {
            _tokens[i] = change(_tokens[i], i);
        }

        foreach (var row in Overflow)
        {
            row.ForEach(change);
        }
    }

    /// <summary>
    /// Appends another row. Where one of them overflows, there is a row for each two that can be combined, except for
    /// the two that are shown.
    /// </summary>
    public void Append(TokenRow other)
    {
        var overflow = new List<TokenRow>();
        foreach (var own in Overflow)
        {
            overflow.Add(own.Joined(other));
            overflow.AddRange(other.Overflow.Select(own.Joined));
        }

        overflow.AddRange(other.Overflow.Select(Joined));
        Overflow = overflow;
        _tokens.AddRange(other._tokens);
    }

    /// <summary>A row that two calls of <see cref="Append"/> may change apart.</summary>
    public TokenRow Copy() => new(_tokens) { Overflow = [.. Overflow.Select(row => row.Copy())] };

    /// <summary>Cuts the row to a length; what is cut off becomes rows that overlap by a stride.</summary>
    /// <param name="length">The most tokens that a row has.</param>
    /// <param name="stride">How many tokens a row shares with the one before.</param>
    /// <param name="fromLeft">Whether the end of the text is kept, not its beginning.</param>
    public void Truncate(int length, int stride, bool fromLeft)
    {
        if (length >= Count)
        {
            return;
        }

        if (length == 0)
        {
            Overflow = [.. Overflow, new TokenRow(_tokens)];
            _tokens.Clear();
            return;
        }

        var rows = Windows(length, length - stride, fromLeft)
            .Select(window => new TokenRow(_tokens[window.Start..window.End]))
            .ToList();
        _tokens.Clear();
        _tokens.AddRange(rows[0]._tokens);
        Overflow = rows[1..];
    }

    /// <summary>Removes the special tokens behind the last token of a text.</summary>
    public void RemoveSpecialEnd()
    {
        var end = _tokens.FindLastIndex(token => token.Sequence is not null) + 1;
        if (end > 0)
        {
            _tokens.RemoveRange(end, Count - end);
        }
    }

    /// <summary>Fills the row up to a length.</summary>
    public void Pad(int length, RowToken padding, bool atLeft)
    {
        foreach (var row in Overflow)
        {
            row.Pad(length, padding, atLeft);
        }

        if (Count < length)
        {
            _tokens.InsertRange(atLeft ? 0 : Count, Enumerable.Repeat(padding, length - Count));
        }
    }

    private TokenRow Joined(TokenRow other) => new(_tokens.Concat(other._tokens));

    private IEnumerable<(int Start, int End)> Windows(int length, int step, bool fromLeft)
    {
        if (fromLeft)
        {
            for (var end = Count; ; end -= step)
            {
                var start = Math.Max(end - length, 0);
                yield return (start, end);
                if (start == 0)
                {
                    yield break;
                }
            }
        }

        for (var start = 0; ; start += step)
        {
            var end = Math.Min(start + length, Count);
            yield return (start, end);
            if (end == Count)
            {
                yield break;
            }
        }
    }
}
