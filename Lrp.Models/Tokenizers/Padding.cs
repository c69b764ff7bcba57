namespace Lrp.Models.Tokenizers;

/// <summary>How the encodings of a batch become equally long.</summary>
public sealed record Padding
{
    /// <summary>The number of tokens; null: that of the longest encoding.</summary>
    public int? Length { get; init; }

    /// <summary>Of what the number of tokens is a multiple.</summary>
    public int MultipleOf { get; init; } = 1;

    /// <summary>The side on which the padding is.</summary>
    public Side Side { get; init; } = Side.Right;

    /// <summary>The token to fill up with; null: the tokenizer's own.</summary>
    public string? Token { get; init; }

    /// <summary>The type id of the padding.</summary>
    public int TypeId { get; init; }

    internal int LengthFor(IEnumerable<int> lengths)
    {
        var length = Length ?? lengths.DefaultIfEmpty().Max();
        var rest = MultipleOf > 1 ? length % MultipleOf : 0;
        return rest == 0 ? length : length + MultipleOf - rest;
    }
}
