using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Lrp.Models.Tokenizers.Text;

/// <summary>Matches a regular expression whose unit is the character, also beyond U+FFFF.</summary>
/// <remarks>
/// .NET's expressions see such a character as two halves that belong to no class. So the expression is matched
/// against a text in which one rare character of the same class stands for it.
/// </remarks>
internal sealed class RegexPattern : ITextPattern
{
    /// <summary>A rare character of each category; U+E000, of private use, for categories that have none.</summary>
    private static readonly Dictionary<UnicodeCategory, char> StandIns = new()
    {
        [UnicodeCategory.UppercaseLetter] = '\u04C0',
        [UnicodeCategory.LowercaseLetter] = '\u0138',
        [UnicodeCategory.ModifierLetter] = '\uA67F',
        [UnicodeCategory.OtherLetter] = '\uA000',
        [UnicodeCategory.NonSpacingMark] = '\u0ECC',
        [UnicodeCategory.SpacingCombiningMark] = '\u1B44',
        [UnicodeCategory.DecimalDigitNumber] = '\u1BB0',
        [UnicodeCategory.LetterNumber] = '\u2188',
        [UnicodeCategory.OtherNumber] = '\u09F9',
        [UnicodeCategory.DashPunctuation] = '\u2E1A',
        [UnicodeCategory.OtherPunctuation] = '\u2E19',
        [UnicodeCategory.MathSymbol] = '\u2A33',
        [UnicodeCategory.CurrencySymbol] = '\u0E3F',
        [UnicodeCategory.ModifierSymbol] = '\uA700',
        [UnicodeCategory.OtherSymbol] = '\u2FF0',
        [UnicodeCategory.Format] = '\u206A',
        [UnicodeCategory.OtherNotAssigned] = '\uFFFE',
    };

    private readonly Regex _regex;

    /// <summary>Creates a pattern.</summary>
    /// <param name="expression">An expression in Oniguruma's syntax, which tokenizer.json uses.</param>
    /// <exception cref="ArgumentException">The expression is wrong, or has a construct that is not known.</exception>
    public RegexPattern(string expression)
    {
        _regex = new Regex(
            RegexSyntax.Translate(expression),
            RegexOptions.Compiled | RegexOptions.CultureInvariant | RegexOptions.Multiline,
            Regex.InfiniteMatchTimeout
        );
    }

    public void Find(ReadOnlySpan<char> text, List<PatternMatch> matches)
    {
        if (text.ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            var first = matches.Count;
            var places = new int[text.Length + 1];
            FindPlain(StandIn(text, places), matches);
            for (var i = first; i < matches.Count; i++)
            {
                matches[i] = matches[i] with { Start = places[matches[i].Start], End = places[matches[i].End] };
            }
        }
        else
        {
            FindPlain(text, matches);
        }
    }

    private void FindPlain(ReadOnlySpan<char> text, List<PatternMatch> matches)
    {
        var open = 0;
        foreach (var match in _regex.EnumerateMatches(text))
        {
            if (open < match.Index)
            {
                matches.Add(new PatternMatch(open, match.Index, false));
            }

            open = match.Index + match.Length;
            matches.Add(new PatternMatch(match.Index, open, true));
        }

        if (open < text.Length)
        {
            matches.Add(new PatternMatch(open, text.Length, false));
        }
    }

    /// <summary>The text with one unit for each character, and where each of them is in the text.</summary>
    private static ReadOnlySpan<char> StandIn(ReadOnlySpan<char> text, int[] places)
    {
        var units = new char[text.Length];
        var count = 0;
        var position = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            places[count] = position;
            units[count] = rune.IsBmp ? (char)rune.Value : StandIn(rune);
            position += rune.Utf16SequenceLength;
            count++;
        }

        places[count] = position;
        return units.AsSpan(0, count);
    }

    private static char StandIn(Rune rune) =>
        rune.Value switch
        {
            >= 0x20000 and < 0x40000 when Rune.IsLetter(rune) => '\u3400',
            _ when CharClasses.IsCircledLetter(rune) => '\u24B6',
            _ => StandIns.GetValueOrDefault(Rune.GetUnicodeCategory(rune), '\uE000'),
        };
}
