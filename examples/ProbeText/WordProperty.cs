using Mails;

namespace ProbeText;

/// <summary>A property of words that a probe predicts from a layer; class 1 is "yes".</summary>
/// <param name="Name">The property.</param>
/// <param name="Of">Returns, for each word of a mail, whether it has the property.</param>
internal sealed record WordProperty(string Name, Func<SampleMail, Token[], bool[]> Of)
{
    private const int Frequent = 100;
    private const int Beginning = 20;

    // The vocabulary begins with the most frequent words of the training set.
    private static readonly HashSet<string> FrequentWords = [.. Vocabulary.Load().Words.Take(Frequent)];

    /// <summary>Whether the word is frequent: what the word itself is.</summary>
    public static WordProperty IsFrequent { get; } =
        new($"is one of the {Frequent} most frequent words", (_, words) => [.. words.Select(IsOneOfThem)]);

    /// <summary>Whether the word's mail is spam: what the network is asked.</summary>
    public static WordProperty IsInSpam { get; } =
        new("is in a spam mail", (mail, words) => [.. words.Select(_ => MailNetwork.Labels[mail.Label] == "spam")]);

    public static IReadOnlyList<WordProperty> All { get; } =
    [
        new("is a number or a mark", (_, words) => [.. words.Select(word => !char.IsAsciiLetter(word.Word[0]))]),
        IsFrequent,
        new(
            "is before a frequent word",
            (_, words) => [.. words.Select((_, i) => i + 1 < words.Length && IsOneOfThem(words[i + 1]))]
        ),
        new($"is one of the first {Beginning} words", (_, words) => [.. words.Select((_, i) => i < Beginning)]),
        IsInSpam,
    ];

    private static bool IsOneOfThem(Token word) => FrequentWords.Contains(word.Word);
}
