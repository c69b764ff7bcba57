using Lrp.Models.Tokenizers.Text;

namespace Lrp.Models.Tokenizers.Normalizers;

/// <summary>Writes each byte of the text's UTF-8 as a character of GPT-2's alphabet.</summary>
internal sealed class ByteLevelNormalizer : INormalizer
{
    public AlignedText Normalize(AlignedText text)
    {
        var result = new AlignedText(text.Start, text.Length);
        ByteAlphabet.Append(text, 0, text.Length, result);
        return result;
    }
}
