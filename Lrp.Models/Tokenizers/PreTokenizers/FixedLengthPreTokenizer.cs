using Lrp.Models.Tokenizers.Text;

namespace Lrp.Models.Tokenizers.PreTokenizers;

/// <summary>Cuts after each so many characters.</summary>
internal sealed class FixedLengthPreTokenizer(int length) : IPreTokenizer, ITextPattern
{
    public void Cut(PieceList pieces) => pieces.Split(this, SplitBehaviour.Isolated);

    public void Find(ReadOnlySpan<char> text, List<PatternMatch> matches)
    {
        var start = 0;
        var position = 0;
        var count = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            position += rune.Utf16SequenceLength;
            count++;
            if (count % length == 0 || position == text.Length)
            {
                matches.Add(new PatternMatch(start, position, true));
                start = position;
            }
        }
    }
}
