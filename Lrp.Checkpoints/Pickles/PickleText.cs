using System.Globalization;
using System.Numerics;

namespace Lrp.Checkpoints.Pickles;

/// <summary>Values that a pickle writes as lines of text, and values in messages.</summary>
internal static class PickleText
{
    private const int MaxDigits = 1000;

    public static object Integer(string line)
    {
        var digits = line.TrimEnd('L');
        if (
            digits.Length > MaxDigits
            || !BigInteger.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
        )
        {
            throw new InvalidDataException("the pickle has a number that is not one.");
        }

        return Narrow(value);
    }

    public static object Narrow(BigInteger value) =>
        value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;

    /// <summary>A text in quotes, as Python 2 wrote it.</summary>
    public static string Quoted(string line) =>
        line.Length >= 2 && line[0] == line[^1] && line[0] is '\'' or '"' && !line.Contains('\\')
            ? line[1..^1]
            : throw new InvalidDataException("the pickle has a text of protocol 0 with escapes, which is not read.");

    /// <summary>A value as a message names it.</summary>
    public static string Show(object? value) =>
        value switch
        {
            null => "None",
            PickleSequence sequence => $"a {sequence.Kind}",
            PickleDictionary dictionary => $"a {dictionary.Kind}",
            PickleCall call => call.Name,
            string text => $"the text '{(text.Length > 40 ? text[..40] + "…" : text)}'",
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString() ?? "a value",
        };
}
