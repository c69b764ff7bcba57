using Mails;

namespace ProbeText;

/// <summary>A property of words that a probe predicts from a layer; class 1 is "yes".</summary>
/// <param name="Name">The property.</param>
/// <param name="Of">Returns, for each word of a mail, whether it has the property.</param>
internal sealed record WordProperty(string Name, Func<SampleMail, Token[], bool[]> Of)
{
    public static IReadOnlyList<WordProperty> All { get; } =
    [
        new("is a number or a mark", (_, words) => [.. words.Select(word => !char.IsAsciiLetter(word.Word[0]))]),
        new("is in the subject", InSubject),
    ];

    /// <summary>The subject is the text up to the end of the first line.</summary>
    private static bool[] InSubject(SampleMail mail, Token[] words)
    {
        var subject = true;
        var inside = new bool[words.Length];
        for (var i = 0; i < words.Length; i++)
        {
            inside[i] = subject;
            subject &= !words[i].Written.Contains('\n');
        }

        return inside;
    }
}
