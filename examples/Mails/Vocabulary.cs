using System.Text.RegularExpressions;

namespace Mails;

/// <summary>A word of a text.</summary>
/// <param name="Written">The word as written in the text, with everything up to the next word.</param>
/// <param name="Word">The word as the vocabulary has it: in lower case, and every number as <c>#</c>.</param>
public readonly record struct Token(string Written, string Word);

/// <summary>The vocabulary of the networks: the words and their ids.</summary>
public sealed partial class Vocabulary
{
    /// <summary>The id of all words that are not in the vocabulary.</summary>
    public const int Unknown = 0;

    private readonly Dictionary<string, int> _numbers = [];

    /// <summary>Creates a vocabulary of words, numbered from 1.</summary>
    /// <param name="words">The words, without duplicates.</param>
    public Vocabulary(IEnumerable<string> words)
    {
        foreach (var word in words)
        {
            _numbers.Add(word, _numbers.Count + 1);
        }
    }

    /// <summary>The number of ids: one per word, and <see cref="Unknown"/>.</summary>
    public int Count => _numbers.Count + 1;

    /// <summary>The words in the order of their ids.</summary>
    public IEnumerable<string> Words => _numbers.OrderBy(pair => pair.Value).Select(pair => pair.Key);

    /// <summary>Loads the vocabulary that <c>examples/TrainText</c> created.</summary>
    public static Vocabulary Load() =>
        new(
            System
                .Text.Encoding.UTF8.GetString(Resource.Read("vocabulary.txt"))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        );

    /// <summary>
    /// Splits a text into its first words: words of letters, numbers, and the characters ! ? $ %. Other characters
    /// belong to the word before them.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="most">The maximum number of words.</param>
    public static Token[] Split(string text, int most = MailNetwork.Longest)
    {
        Match[] matches = [.. WordPattern().Matches(text).Take(most + 1)];
        var tokens = new Token[Math.Min(matches.Length, most)];
        for (var i = 0; i < tokens.Length; i++)
        {
            var start = i == 0 ? 0 : matches[i].Index;
            var end = i + 1 < matches.Length ? matches[i + 1].Index : text.Length;
            var word = matches[i].Value.ToLowerInvariant();
            tokens[i] = new Token(
                text[start..end],
                char.IsAsciiDigit(word[0]) ? "#"
                    : char.IsAsciiLetter(word[0]) ? word
                    : word[..1]
            );
        }

        return tokens;
    }

    /// <summary>Whether a word is in the vocabulary.</summary>
    /// <param name="word">The word in the form of <see cref="Token.Word"/>.</param>
    public bool Knows(string word) => _numbers.ContainsKey(word);

    /// <summary>The ids of words.</summary>
    /// <param name="tokens">The words.</param>
    public long[] Encode(IEnumerable<Token> tokens) =>
        [.. tokens.Select(token => (long)_numbers.GetValueOrDefault(token.Word, Unknown))];

    [GeneratedRegex(@"[a-zA-Z]+(?:'[a-zA-Z]+)?|[0-9]+(?:[.,:][0-9]+)*|!+|\?+|[$%]")]
    private static partial Regex WordPattern();
}
