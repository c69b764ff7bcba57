using System.Globalization;
using System.Text;
using Lrp.Models.Tokenizers.Text;

namespace Lrp.Models.Tokenizers.Normalizers;

/// <summary>What BERT's basic tokenizer does to a text.</summary>
internal sealed class BertNormalizer : INormalizer
{
    private readonly List<INormalizer> _steps = [];

    /// <summary>Creates a normalizer.</summary>
    /// <param name="cleanText">Whether controls are removed, and all white space becomes blanks.</param>
    /// <param name="handleChineseChars">Whether there are blanks around Chinese characters.</param>
    /// <param name="stripAccents">Whether accents are removed.</param>
    /// <param name="lowercase">Whether the text becomes lower case.</param>
    public BertNormalizer(bool cleanText, bool handleChineseChars, bool stripAccents, bool lowercase)
    {
        if (cleanText)
        {
            _steps.Add(new RuneNormalizer(Clean));
        }

        if (handleChineseChars)
        {
            _steps.Add(new RuneNormalizer(SetApart));
        }

        if (stripAccents)
        {
            _steps.Add(new UnicodeNormalizer(NormalizationForm.FormD));
            _steps.Add(RuneNormalizer.Filter(rune => Rune.GetUnicodeCategory(rune) != UnicodeCategory.NonSpacingMark));
        }

        if (lowercase)
        {
            _steps.Add(RuneNormalizer.Lowercase);
        }
    }

    public AlignedText Normalize(AlignedText text) =>
        _steps.Aggregate(text, (current, step) => step.Normalize(current));

    private static void Clean(Rune rune, Origin origin, AlignedText result)
    {
        if (rune.Value is not (0 or 0xFFFD) && !CharClasses.IsControl(rune))
        {
            result.Append(Rune.IsWhiteSpace(rune) ? new Rune(' ') : rune, origin);
        }
    }

    private static void SetApart(Rune rune, Origin origin, AlignedText result)
    {
        var apart = CharClasses.IsChinese(rune);
        if (apart)
        {
            result.Append(' ', origin);
        }

        result.Append(rune, origin);
        if (apart)
        {
            result.Append(' ', origin);
        }
    }
}
