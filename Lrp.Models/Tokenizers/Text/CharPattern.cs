using System.Text;

namespace Lrp.Models.Tokenizers.Text;

/// <summary>Matches each single character that fulfils a condition.</summary>
internal sealed class CharPattern(Func<Rune, bool> condition) : ITextPattern
{
    public void Find(ReadOnlySpan<char> text, List<PatternMatch> matches)
    {
        var open = 0;
        var position = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            var end = position + rune.Utf16SequenceLength;
            if (condition(rune))
            {
                if (open < position)
                {
                    matches.Add(new PatternMatch(open, position, false));
                }

                matches.Add(new PatternMatch(position, end, true));
                open = end;
            }

            position = end;
        }

        if (open < text.Length)
        {
            matches.Add(new PatternMatch(open, text.Length, false));
        }
    }
}
