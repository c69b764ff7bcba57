using System.Text;

namespace Mails;

/// <summary>A few mails that the networks have not seen in training.</summary>
public static class SampleMails
{
    /// <summary>The mails: their words, and 1 for spam.</summary>
    public static IReadOnlyList<(IReadOnlyList<string> Words, int Label)> Load() =>
        [.. Encoding.UTF8.GetString(Resource.Read("samples.txt")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line =>
        {
            string[] words = line.Split(' ');
            return ((IReadOnlyList<string>)words[1..], words[0] == "spam" ? 1 : 0);
        })];
}
