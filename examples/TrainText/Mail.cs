using Mails;
using Programs;

namespace TrainText;

/// <summary>A mail with its label and its text.</summary>
/// <param name="Id">Its folder, and the number at the beginning of its file name.</param>
/// <param name="Label">0 for mail, 1 for spam.</param>
/// <param name="Text">Its text.</param>
/// <param name="Tokens">Its first words.</param>
internal sealed record Mail(string Id, int Label, string Text, Token[] Tokens)
{
    private const int FewestWords = 8;

    /// <summary>
    /// Reads the mails in SpamAssassin's folders, those with <c>spam</c> or <c>ham</c> in their names. Mails with fewer
    /// than 8 words are left out, and so are mails with the same beginning as another one.
    /// </summary>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="FormatException">The folder does not contain both spam and other mails.</exception>
    public static List<Mail> ReadAll(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException(
                $"There is no folder '{folder}'; give the folder with the SpamAssassin corpus."
            );
        }

        var mails = new List<Mail>();
        var seen = new HashSet<string>();
        foreach (
            var path in ProgressBar.Over(
                "reading",
                Directory.GetDirectories(folder).Order(StringComparer.Ordinal).SelectMany(Files)
            )
        )
        {
            var name = Path.GetFileName(Path.GetDirectoryName(path)!);
            using Stream file = File.OpenRead(path);
            var text = MailText.Of(file);
            var tokens = Vocabulary.Split(text);
            if (tokens.Length >= FewestWords && seen.Add(string.Join(' ', tokens.Take(24).Select(token => token.Word))))
            {
                mails.Add(
                    new Mail($"{name}/{Path.GetFileName(path).Split('.')[0]}", IsSpam(name) ? 1 : 0, text, tokens)
                );
            }
        }

        return mails.Any(mail => mail.Label == 0) && mails.Any(mail => mail.Label == 1)
            ? mails
            : throw new FormatException(
                $"'{folder}' does not contain both spam and other mails; it needs SpamAssassin's folders, such as "
                    + "easy-ham-1 and spam-1."
            );
    }

    private static bool IsSpam(string folder) => folder.Contains("spam", StringComparison.Ordinal);

    // A file name that begins with a number is a mail; other files are lists and notes.
    private static IEnumerable<string> Files(string folder)
    {
        var name = Path.GetFileName(folder);
        return IsSpam(name) || name.Contains("ham", StringComparison.Ordinal)
            ? Directory
                .GetFiles(folder)
                .Where(path =>
                    char.IsAsciiDigit(Path.GetFileName(path)[0]) && !path.EndsWith(".json", StringComparison.Ordinal)
                )
                .Order(StringComparer.Ordinal)
            : [];
    }
}
