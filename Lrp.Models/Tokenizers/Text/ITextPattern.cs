namespace Lrp.Models.Tokenizers.Text;

/// <summary>Something that can be searched for in a text.</summary>
internal interface ITextPattern
{
    /// <summary>
    /// Appends the matches and what lies between them, so that they cover the text from left to right.
    /// </summary>
    void Find(ReadOnlySpan<char> text, List<PatternMatch> matches);
}

/// <summary>A part of a text.</summary>
/// <param name="Start">Its first UTF-16 unit.</param>
/// <param name="End">The unit after its last one.</param>
/// <param name="Matches">Whether it matches, or lies between matches.</param>
internal readonly record struct PatternMatch(int Start, int End, bool Matches);
