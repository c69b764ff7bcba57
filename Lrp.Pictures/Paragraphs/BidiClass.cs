using System.Globalization;
using System.Text;
using HarfBuzzSharp;

namespace Lrp.Pictures.Paragraphs;

/// <summary>What a character does to the direction of a text (Unicode Standard Annex 9, table 4).</summary>
internal enum BidiClass
{
    /// <summary>A letter that runs to the right (L).</summary>
    Left,

    /// <summary>A letter that runs to the left (R).</summary>
    Right,

    /// <summary>An Arabic letter (AL).</summary>
    Arabic,

    /// <summary>A European digit (EN).</summary>
    Number,

    /// <summary>An Arabic digit (AN).</summary>
    ArabicNumber,

    /// <summary>Plus and minus (ES).</summary>
    NumberSign,

    /// <summary>Percent, currencies (ET).</summary>
    NumberEnd,

    /// <summary>Comma, point, colon (CS).</summary>
    NumberSeparator,

    /// <summary>A mark on the character before it (NSM).</summary>
    Mark,

    /// <summary>A space (WS).</summary>
    Space,

    /// <summary>Everything else (ON).</summary>
    Neutral,
}

/// <summary>Finds the class of a character.</summary>
/// <remarks>
/// .NET does not say it. Here it follows from the general category, which .NET knows, and from the direction of the
/// script, which HarfBuzz knows.
/// </remarks>
internal static class BidiClasses
{
    private const int LeftMark = 0x200e;
    private const int RightMark = 0x200f;
    private const int ArabicMark = 0x061c;

    /// <summary>The script of a character.</summary>
    public static Script ScriptOf(Rune character) => UnicodeFunctions.Default.GetScript((uint)character.Value);

    public static BidiClass Of(Rune character)
    {
        switch (character.Value)
        {
            case LeftMark:
                return BidiClass.Left;
            case RightMark:
                return BidiClass.Right;
            case ArabicMark:
                return BidiClass.Arabic;
            case >= 0x2066 and <= 0x2069: // what isolates a part of the text
                return BidiClass.Neutral;
            case '+' or '-' or 0x2212:
                return BidiClass.NumberSign;
            case '#' or '%' or 0xb0 or 0x2030 or 0x066a:
                return BidiClass.NumberEnd;
            case ',' or '.' or ':' or '/' or 0xa0 or 0x060c:
                return BidiClass.NumberSeparator;
            case >= 0x0660 and <= 0x0669 or 0x066b or 0x066c:
                return BidiClass.ArabicNumber;
            case >= 0x06f0 and <= 0x06f9:
                return BidiClass.Number;
            default:
                return OfCategory(character);
        }
    }

    private static BidiClass OfCategory(Rune character)
    {
        switch (Rune.GetUnicodeCategory(character))
        {
            case UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format:
                return BidiClass.Mark;
            case UnicodeCategory.CurrencySymbol:
                return BidiClass.NumberEnd;
            case UnicodeCategory.SpaceSeparator
            or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.Control:
                return BidiClass.Space;
            case UnicodeCategory.DecimalDigitNumber when ScriptOf(character) == Script.Common:
                return BidiClass.Number;
            case UnicodeCategory.UppercaseLetter
            or UnicodeCategory.LowercaseLetter
            or UnicodeCategory.TitlecaseLetter
            or UnicodeCategory.ModifierLetter
            or UnicodeCategory.OtherLetter
            or UnicodeCategory.LetterNumber
            or UnicodeCategory.DecimalDigitNumber
            or UnicodeCategory.SpacingCombiningMark:
                return OfScript(ScriptOf(character));
            default:
                return BidiClass.Neutral;
        }
    }

    private static BidiClass OfScript(Script script)
    {
        if (script.HorizontalDirection != Direction.RightToLeft)
        {
            return BidiClass.Left;
        }

        return script == Script.Arabic || script == Script.Syriac || script == Script.Thaana
            ? BidiClass.Arabic
            : BidiClass.Right;
    }
}
