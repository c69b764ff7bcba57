using System.Text.RegularExpressions;

namespace Mails;

/// <summary>A word of a text.</summary>
/// <param name="Written">As it stands in the text, with all that follows it up to the next word.</param>
/// <param name="Word">What the vocabulary knows it as: lower case, every number <c>#</c>.</param>
public readonly record struct Token(string Written, string Word);

/// <summary>The words that the networks know, each with its number.</summary>
public sealed partial class Vocabulary
{
    /// <summary>The number of every word that is not known.</summary>
    public const int Unknown = 0;

    private readonly Dictionary<string, int> _numbers = [];

    /// <summary>A vocabulary of these words, numbered from 1.</summary>
    /// <param name="words">The words, each once.</param>
    public Vocabulary(IEnumerable<string> words)
    {
        foreach (string word in words)
        {
            _numbers.Add(word, _numbers.Count + 1);
        }
    }

    /// <summary>How many numbers there are: the words and <see cref="Unknown"/>.</summary>
    public int Count => _numbers.Count + 1;

    /// <summary>The words in the order of their numbers.</summary>
    public IEnumerable<string> Words => _numbers.OrderBy(pair => pair.Value).Select(pair => pair.Key);

    /// <summary>The vocabulary that <c>examples/TrainText</c> found.</summary>
    public static Vocabulary Load() =>
        new(System.Text.Encoding.UTF8.GetString(Resource.Read("vocabulary.txt")).Split('\n', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The first words of a text: words of letters, numbers, and the marks ! ? $ %. What stands between them belongs to the word before.</summary>
    /// <param name="text">The text.</param>
    /// <param name="most">How many words to take.</param>
    public static Token[] Split(string text, int most = MailNetwork.Longest)
    {
        Match[] matches = [.. WordPattern().Matches(text).Take(most + 1)];
        var tokens = new Token[Math.Min(matches.Length, most)];
        for (int i = 0; i < tokens.Length; i++)
        {
            int start = i == 0 ? 0 : matches[i].Index;
            int end = i + 1 < matches.Length ? matches[i + 1].Index : text.Length;
            string word = matches[i].Value.ToLowerInvariant();
            tokens[i] = new Token(text[start..end], char.IsAsciiDigit(word[0]) ? "#" : char.IsAsciiLetter(word[0]) ? word : word[..1]);
        }

        return tokens;
    }

    /// <summary>Whether a word is known.</summary>
    /// <param name="word">The word as <see cref="Token.Word"/> has it.</param>
    public bool Knows(string word) => _numbers.ContainsKey(word);

    /// <summary>The numbers of words.</summary>
    /// <param name="tokens">The words.</param>
    public long[] Encode(IEnumerable<Token> tokens) => [.. tokens.Select(token => (long)_numbers.GetValueOrDefault(token.Word, Unknown))];

    [GeneratedRegex(@"[a-zA-Z]+(?:'[a-zA-Z]+)?|[0-9]+(?:[.,:][0-9]+)*|!+|\?+|[$%]")]
    private static partial Regex WordPattern();
}
