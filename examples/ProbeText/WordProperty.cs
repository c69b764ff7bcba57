using Mails;

namespace ProbeText;

/// <summary>A property of words that a probe may find in a layer: yes is class 1.</summary>
/// <param name="Name">The property.</param>
/// <param name="Of">Says for each word of a mail whether it has the property.</param>
internal sealed record WordProperty(string Name, Func<SampleMail, Token[], bool[]> Of)
{
    public static IReadOnlyList<WordProperty> All { get; } =
    [
        new("is a number or a mark", (_, words) => [.. words.Select(word => !char.IsAsciiLetter(word.Word[0]))]),
        new("stands in the subject", InSubject),
    ];

    /// <summary>The subject is the text up to the first line's end.</summary>
    private static bool[] InSubject(SampleMail mail, Token[] words)
    {
        bool subject = true;
        bool[] inside = new bool[words.Length];
        for (int i = 0; i < words.Length; i++)
        {
            inside[i] = subject;
            subject &= !words[i].Written.Contains('\n');
        }

        return inside;
    }
}
