namespace Lrp.Models.Tokenizers.Text;

/// <summary>The parts that matches cut a text into.</summary>
internal static class SplitParts
{
    public static List<(int Start, int End)> Of(List<PatternMatch> matches, SplitBehaviour behaviour, bool invert)
    {
        var parts = new List<(int Start, int End)>(matches.Count);
        if (behaviour == SplitBehaviour.MergedWithNext)
        {
            // Read from the end, the following piece is the one before.
            matches.Reverse();
        }

        var previous = false;
        foreach (var (start, end, matched) in matches)
        {
            var match = matched != invert;
            var joins = behaviour switch
            {
                SplitBehaviour.Contiguous => match == previous,
                SplitBehaviour.MergedWithPrevious or SplitBehaviour.MergedWithNext => match && !previous,
                _ => false,
            };
            if (joins && parts.Count > 0)
            {
                var last = parts[^1];
                parts[^1] = (Math.Min(last.Start, start), Math.Max(last.End, end));
            }
            else if (!(match && behaviour == SplitBehaviour.Removed))
            {
                parts.Add((start, end));
            }

            previous = match;
        }

        if (behaviour == SplitBehaviour.MergedWithNext)
        {
            parts.Reverse();
        }

        return parts;
    }
}
