using Lrp.Models.Tokenizers.Text;

namespace Lrp.Models.Tokenizers.Normalizers;

/// <summary>
/// Puts a string in the place of each match; it comes from where the match's last character comes from.
/// </summary>
internal sealed class ReplaceNormalizer(ITextPattern pattern, string content) : INormalizer
{
    public AlignedText Normalize(AlignedText text)
    {
        var matches = new List<PatternMatch>();
        pattern.Find(text.Chars, matches);
        var result = new AlignedText(text.Start, text.Length);
        foreach (var (start, end, replaced) in matches)
        {
            if (replaced)
            {
                result.Append(content, end == 0 ? new Origin(text.Start, text.Start) : text.Origins[end - 1]);
            }
            else
            {
                result.Append(text, start, end - start);
            }
        }

        return result;
    }
}
