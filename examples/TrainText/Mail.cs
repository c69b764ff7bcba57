using System.Text;
using Mails;

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
    public static List<Mail> ReadAll(string folder)
    {
        var mails = new List<Mail>();
        var seen = new HashSet<string>();
        foreach (string inner in Directory.GetDirectories(folder).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(inner);
            bool spam = name.Contains("spam", StringComparison.Ordinal);
            if (!spam && !name.Contains("ham", StringComparison.Ordinal))
            {
                continue;
            }

            foreach (string path in Directory.GetFiles(inner).Order(StringComparer.Ordinal))
            {
                string file = Path.GetFileName(path);
                if (!char.IsAsciiDigit(file[0]) || file.EndsWith(".json", StringComparison.Ordinal))
                {
                    continue;
                }

                string text = MailText.Of(File.ReadAllText(path, Encoding.Latin1));
                Token[] tokens = Vocabulary.Split(text);
                if (tokens.Length >= FewestWords && seen.Add(string.Join(' ', tokens.Take(24).Select(token => token.Word))))
                {
                    mails.Add(new Mail($"{name}/{file.Split('.')[0]}", spam ? 1 : 0, text, tokens));
                }
            }
        }

        return mails.Any(mail => mail.Label == 0) && mails.Any(mail => mail.Label == 1) ? mails : throw new FormatException(
            $"'{folder}' has no mails of both kinds; it should hold SpamAssassin's folders, such as easy-ham-1 and spam-1.");
    }
}
