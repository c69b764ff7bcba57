using System.Text.RegularExpressions;

namespace Text;

/// <summary>The words that the text networks know, each with its number.</summary>
/// <remarks>A text becomes its words, in lower case, with numbers as one word <c>#</c>, and marks of their own.</remarks>
public sealed partial class Vocabulary
{
    /// <summary>The number of what fills a batch up to its longest text.</summary>
    public const int Padding = 0;

    /// <summary>The number of every word that is not known.</summary>
    public const int Unknown = 1;

    private readonly Dictionary<string, int> _numbers;
    private readonly string[] _words;

    /// <summary>A vocabulary of these words, besides <see cref="Padding"/> and <see cref="Unknown"/>.</summary>
    /// <param name="words">The words, most frequent first.</param>
    public Vocabulary(IEnumerable<string> words)
    {
        _words = ["", "?", .. words];
        _numbers = _words.Select((word, number) => (word, number)).Skip(2).ToDictionary(pair => pair.word, pair => pair.number);
    }

    /// <summary>How many numbers there are.</summary>
    public int Count => _words.Length;

    /// <summary>The known words, without padding and the unknown word.</summary>
    public IEnumerable<string> Words => _words.Skip(2);

    /// <summary>Splits a text into its words.</summary>
    /// <param name="text">The text.</param>
    public static string[] Split(string text) =>
        [.. WordPattern().Matches(text.ToLowerInvariant()).Select(match => char.IsAsciiDigit(match.Value[0]) ? "#" : match.Value)];

    /// <summary>The numbers of words.</summary>
    /// <param name="words">Words as <see cref="Split"/> gives them.</param>
    public long[] Encode(IEnumerable<string> words) => [.. words.Select(word => (long)_numbers.GetValueOrDefault(word, Unknown))];

    [GeneratedRegex(@"[a-z]+(?:'[a-z]+)?|\d+(?:[.,:]\d+)*|[!?$%]")]
    private static partial Regex WordPattern();
}
