namespace Lrp.Models.Tokenizers.Text;

/// <summary>A text that is cut into pieces. Pieces that are tokens already stay as they are.</summary>
internal sealed class PieceList
{
    public const int NoToken = -1;

    private AlignedText _text = new(0, 0);
    private List<Piece> _pieces = [];

    public IReadOnlyList<Piece> Pieces => _pieces;

    public ReadOnlySpan<char> Chars(Piece piece) => _text.Chars.Slice(piece.Start, piece.Length);

    public ReadOnlySpan<Origin> Origins(Piece piece) => _text.Origins.Slice(piece.Start, piece.Length);

    /// <summary>Adds a text as one piece; an empty one is left out.</summary>
    public void Add(AlignedText text, int token = NoToken)
    {
        if (text.Length > 0)
        {
            _pieces.Add(new Piece(_text.Length, text.Length, text.Start, token));
            _text.Append(text, 0, text.Length);
        }
    }

    /// <summary>Cuts each piece where a pattern matches.</summary>
    public void Split(ITextPattern pattern, SplitBehaviour behaviour, bool invert = false)
    {
        var pieces = new List<Piece>(_pieces.Count);
        var matches = new List<PatternMatch>();
        foreach (var piece in _pieces)
        {
            if (piece.Token != NoToken)
            {
                pieces.Add(piece);
                continue;
            }

            matches.Clear();
            pattern.Find(Chars(piece), matches);
            foreach (var (start, end) in SplitParts.Of(matches, behaviour, invert))
            {
                if (end > start)
                {
                    var first = piece.Start + start;
                    pieces.Add(new Piece(first, end - start, _text.Origins[first].Start, NoToken));
                }
            }
        }

        _pieces = pieces;
    }

    /// <summary>Writes the text of each piece anew.</summary>
    /// <param name="write">Writes a piece, given the former text, to the end of the new one.</param>
    public void Rewrite(Action<AlignedText, Piece, AlignedText> write)
    {
        var text = new AlignedText(_text.Start, _text.Length);
        var pieces = new List<Piece>(_pieces.Count);
        foreach (var piece in _pieces)
        {
            var start = text.Length;
            if (piece.Token == NoToken)
            {
                write(_text, piece, text);
            }
            else
            {
                text.Append(_text, piece.Start, piece.Length);
            }

            pieces.Add(piece with { Start = start, Length = text.Length - start });
        }

        (_text, _pieces) = (text, pieces);
    }
}
