using Mails;
using Programs;

namespace TrainText;

/// <summary>A mail with what is known of it.</summary>
/// <param name="Id">Its folder and the number that its file name begins with.</param>
/// <param name="Label">0 for mail, 1 for spam.</param>
/// <param name="Text">What it says.</param>
/// <param name="Tokens">Its first words.</param>
internal sealed record Mail(string Id, int Label, string Text, Token[] Tokens)
{
    private const int FewestWords = 8;

    /// <summary>
    /// The mails of a folder with SpamAssassin's folders, those whose names have <c>spam</c> or <c>ham</c> in them. Mails of fewer
    /// than 8 words, and those that begin as another one does, are left out.
    /// </summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FormatException">It has no mails of both kinds.</exception>
    public static List<Mail> ReadAll(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"There is no folder '{folder}'; name the one with the SpamAssassin corpus.");
        }

        var mails = new List<Mail>();
        var seen = new HashSet<string>();
        foreach (string path in ProgressBar.Over("reading", Directory.GetDirectories(folder).Order(StringComparer.Ordinal).SelectMany(Files)))
        {
            string name = Path.GetFileName(Path.GetDirectoryName(path)!);
            using Stream file = File.OpenRead(path);
            string text = MailText.Of(file);
            Token[] tokens = Vocabulary.Split(text);
            if (tokens.Length >= FewestWords && seen.Add(string.Join(' ', tokens.Take(24).Select(token => token.Word))))
            {
                mails.Add(new Mail($"{name}/{Path.GetFileName(path).Split('.')[0]}", IsSpam(name) ? 1 : 0, text, tokens));
            }
        }

        return mails.Any(mail => mail.Label == 0) && mails.Any(mail => mail.Label == 1) ? mails : throw new FormatException(
            $"'{folder}' has no mails of both kinds; it should hold SpamAssassin's folders, such as easy-ham-1 and spam-1.");
    }

    private static bool IsSpam(string folder) => folder.Contains("spam", StringComparison.Ordinal);

    // A mail's file is named by a number; lists and notes lie beside them.
    private static IEnumerable<string> Files(string folder)
    {
        string name = Path.GetFileName(folder);
        return IsSpam(name) || name.Contains("ham", StringComparison.Ordinal)
            ? Directory.GetFiles(folder).Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0]) && !path.EndsWith(".json", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
            : [];
    }
}
