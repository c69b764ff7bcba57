using System.Net;
using System.Text.RegularExpressions;

namespace Mails;

/// <summary>What a mail says: its subject and its first text part, without quotes, addresses, links and HTML.</summary>
public static partial class MailText
{
    /// <summary>Reads a mail as it was sent.</summary>
    /// <param name="mail">Headers and body, a character a byte.</param>
    /// <returns>The subject, and in the next line the text; addresses and links are the words <c>address</c> and <c>link</c>.</returns>
    public static string Of(string mail)
    {
        MailPart whole = MailPart.Parse(mail.ReplaceLineEndings("\n"));
        string subject = ListTag().Replace(EncodedWord().Replace(whole["subject"], " "), " ");
        return Spaces().Replace($"{Clean(subject)}\n{Clean(Body(whole))}", match => match.Value.Contains('\n') ? "\n" : " ").Trim();
    }

    private static string Body(MailPart part)
    {
        string type = part["content-type"].ToLowerInvariant();
        if (type.StartsWith("multipart/", StringComparison.Ordinal))
        {
            return part.Parts().OrderBy(inner => inner["content-type"].Contains("html", StringComparison.OrdinalIgnoreCase))
                .Select(Body).FirstOrDefault(text => text.Trim().Length > 0, string.Empty);
        }

        if (type.Length > 0 && !type.StartsWith("text", StringComparison.Ordinal))
        {
            return string.Empty;
        }

        string text = part.Decode();
        return type.Contains("html", StringComparison.Ordinal) || text.Contains("<html", StringComparison.OrdinalIgnoreCase) ? WithoutTags(text) : text;
    }

    private static string WithoutTags(string html) =>
        WebUtility.HtmlDecode(Tag().Replace(BlockEnd().Replace(Unread().Replace(html, " "), "\n"), string.Empty));

    private static string Clean(string text)
    {
        int signature = text.IndexOf("\n-- \n", StringComparison.Ordinal);
        text = Quote().Replace(signature < 0 ? text : text[..signature], string.Empty);
        text = Address().Replace(Link().Replace(text, " link "), " address ");
        return NotAscii().Replace(text, " ");
    }

    // Lines that quote, and the line that says whom.
    [GeneratedRegex(@"^[ \t]*[>|:].*$|^.*\b(wrote|writes|said):[ \t]*$", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex Quote();

    [GeneratedRegex(@"\b(?:https?|ftp):\S+|\bwww\.\S+", RegexOptions.IgnoreCase)]
    private static partial Regex Link();

    [GeneratedRegex(@"\S+@\S+")]
    private static partial Regex Address();

    [GeneratedRegex(@"\[[^\]]*\]")]
    private static partial Regex ListTag();

    [GeneratedRegex(@"=\?.*?\?=")]
    private static partial Regex EncodedWord();

    [GeneratedRegex(@"<!--.*?-->|<(script|style|title)\b.*?</\1\s*>", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Unread();

    [GeneratedRegex(@"<(br|/?p|/?div|/?tr|/td|/?li|/?h\d)\b[^>]*>", RegexOptions.IgnoreCase)]
    private static partial Regex BlockEnd();

    [GeneratedRegex(@"<[^>]*>")]
    private static partial Regex Tag();

    [GeneratedRegex(@"[^\n\x20-\x7e]+")]
    private static partial Regex NotAscii();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
