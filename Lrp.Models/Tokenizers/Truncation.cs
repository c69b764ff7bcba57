using Lrp.Models.Tokenizers.Processors;

namespace Lrp.Models.Tokenizers;

/// <summary>How an encoding is cut to a length.</summary>
/// <param name="MaxLength">The most tokens that it has, special tokens included.</param>
public sealed record Truncation(int MaxLength)
{
    /// <summary>Which of two texts is cut.</summary>
    public TruncationStrategy Strategy { get; init; }

    /// <summary>How many tokens an encoding shares with the one before, among those that were cut off.</summary>
    public int Stride { get; init; }

    /// <summary>The side on which tokens are cut off.</summary>
    public Side Side { get; init; } = Side.Right;

    /// <summary>Cuts the rows of one or two texts.</summary>
    /// <param name="rows">The rows, without special tokens.</param>
    /// <param name="added">How many special tokens there will be.</param>
    internal void Apply(IReadOnlyList<TokenRow> rows, int added)
    {
        var room = MaxLength - added;
        if (room < 0 || room > 0 && (Stride < 0 || Stride >= room))
        {
            throw new ArgumentException(
                $"A truncation to {MaxLength} tokens, of which {added} are special tokens, with a stride of {Stride} "
                    + "leaves no room; make MaxLength larger or Stride smaller."
            );
        }

        var total = rows.Sum(row => row.Count);
        if (total <= room)
        {
            return;
        }

        if (Strategy == TruncationStrategy.LongestFirst || room == 0)
        {
            CutLongest(rows, room);
        }
        else
        {
            CutOne(rows, total - room);
        }
    }

    private void CutLongest(IReadOnlyList<TokenRow> rows, int room)
    {
        if (rows.Count == 1)
        {
            Cut(rows[0], room);
            return;
        }

        var shorter = Math.Min(rows[0].Count, rows[1].Count);
        var longer = Math.Max(shorter, room - shorter);
        if (shorter + longer > room)
        {
            shorter = room / 2;
            longer = shorter + room % 2;
        }

        var firstIsLonger = rows[0].Count > rows[1].Count;
        Cut(rows[0], firstIsLonger ? longer : shorter);
        Cut(rows[1], firstIsLonger ? shorter : longer);
    }

    private void CutOne(IReadOnlyList<TokenRow> rows, int excess)
    {
        var place = Strategy == TruncationStrategy.OnlyFirst ? 0 : 1;
        if (place >= rows.Count)
        {
            throw new ArgumentException("OnlySecond cuts the second of two texts, but there is one.");
        }

        if (rows[place].Count <= excess)
        {
            throw new ArgumentException(
                $"{Strategy} cannot cut {excess} tokens from a text of {rows[place].Count}; use LongestFirst."
            );
        }

        Cut(rows[place], rows[place].Count - excess);
    }

    private void Cut(TokenRow row, int length) => row.Truncate(length, Stride, Side == Side.Left);
}

/// <summary>Which of two texts is cut, so that both together have room.</summary>
public enum TruncationStrategy
{
    /// <summary>The longer one, and both where that is not enough.</summary>
    LongestFirst,

    /// <summary>The first one.</summary>
    OnlyFirst,

    /// <summary>The second one.</summary>
    OnlySecond,
}

/// <summary>A side of a row of tokens.</summary>
public enum Side
{
    /// <summary>The end of the row.</summary>
    Right,

    /// <summary>The beginning of the row.</summary>
    Left,
}
