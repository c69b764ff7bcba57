using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Mails;

/// <summary>The words that the networks know, and their numbers: 0 is no word, 1 any other word.</summary>
public sealed class Vocabulary
{
    private const string Nothing = "·";
    private const string Unknown = "?";
    private readonly string[] words;
    private readonly Dictionary<string, long> numbers;

    /// <summary>A vocabulary of given words.</summary>
    /// <param name="words">The words, most frequent first, without those for 0 and 1.</param>
    public Vocabulary(IEnumerable<string> words)
    {
        this.words = [Nothing, Unknown, .. words];
        numbers = this.words.Select((word, number) => (word, (long)number)).Skip(2).ToDictionary(pair => pair.word, pair => pair.Item2);
    }

    /// <summary>How many numbers there are.</summary>
    public int Count => words.Length;

    /// <summary>The vocabulary that the trained networks know.</summary>
    public static Vocabulary Load() => new(Encoding.UTF8.GetString(Resource.Read("vocabulary.txt")).Split('\n', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Writes the words, one a line.</summary>
    /// <param name="path">The file.</param>
    public void Save(string path) => File.WriteAllText(path, string.Join('\n', words.Skip(2)) + "\n");

    /// <summary>The numbers of words, as (words, 1).</summary>
    /// <param name="text">The words.</param>
    public Tensor Numbers(IReadOnlyList<string> text) => tensor(Encode(text)).unsqueeze(1);

    /// <summary>The numbers of words.</summary>
    /// <param name="text">The words.</param>
    public long[] Encode(IReadOnlyList<string> text) => [.. text.Select(word => numbers.GetValueOrDefault(word, 1))];
}
