namespace Lrp.Models.Tokenizers.Text;

/// <summary>Matches a string as it is.</summary>
internal sealed class StringPattern(string value) : ITextPattern
{
    public void Find(ReadOnlySpan<char> text, List<PatternMatch> matches)
    {
        var open = 0;
        while (value.Length > 0 && open < text.Length)
        {
            var found = text[open..].IndexOf(value, StringComparison.Ordinal);
            if (found < 0)
            {
                break;
            }

            if (found > 0)
            {
                matches.Add(new PatternMatch(open, open + found, false));
            }

            matches.Add(new PatternMatch(open + found, open + found + value.Length, true));
            open += found + value.Length;
        }

        if (open < text.Length)
        {
            matches.Add(new PatternMatch(open, text.Length, false));
        }
    }
}
