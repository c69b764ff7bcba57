using Lrp.Models.Tokenizers.Text;

namespace Lrp.Models.Tokenizers.Normalizers;

/// <summary>Removes white space at the ends.</summary>
internal sealed class StripNormalizer(bool left, bool right) : INormalizer
{
    public AlignedText Normalize(AlignedText text)
    {
        var start = left ? text.Length - text.Chars.TrimStart().Length : 0;
        var length = right ? text.Chars[start..].TrimEnd().Length : text.Length - start;
        var result = new AlignedText(text.Start, length);
        result.Append(text, start, length);
        return result;
    }
}
