using Lrp.Models.Tokenizers.Text;

namespace Lrp.Models.Tokenizers.Normalizers;

/// <summary>
/// Puts a string before a text that is not empty; it comes from where the first character comes from.
/// </summary>
internal sealed class PrependNormalizer(string prefix) : INormalizer
{
    public AlignedText Normalize(AlignedText text)
    {
        if (text.Length == 0)
        {
            return text;
        }

        var result = new AlignedText(text.Start, text.Length + prefix.Length);
        result.Append(prefix, text.Origins[0]);
        result.Append(text, 0, text.Length);
        return result;
    }
}
