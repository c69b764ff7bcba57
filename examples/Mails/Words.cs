using System.Text.RegularExpressions;

namespace Mails;

/// <summary>A mail as words: the subject, then the body without markup, in lower case.</summary>
/// <remarks>Addresses and links become the words <c>ADDRESS</c> and <c>LINK</c>, numbers <c>NUMBER</c>, so that nobody's appear.</remarks>
public static partial class Words
{
    /// <summary>The words of a raw mail with its headers.</summary>
    /// <param name="mail">The text: header lines, an empty line, the body.</param>
    /// <returns>The words in order; empty where there are none.</returns>
    public static IReadOnlyList<string> Of(string mail)
    {
        ArgumentNullException.ThrowIfNull(mail);
        string text = mail.ReplaceLineEndings("\n");
        int end = text.IndexOf("\n\n", StringComparison.Ordinal);
        (string head, string body) = end < 0 ? (text, string.Empty) : (text[..end], text[(end + 2)..]);
        string subject = Subject().Match(head) is { Success: true } found ? found.Groups[1].Value : string.Empty;
        if (Encoded().IsMatch(head))
        {
            body = string.Empty;
        }

        return Split($"{subject} . {Entity().Replace(Tag().Replace(Hidden().Replace(body, " "), " "), " ")}");
    }

    /// <summary>The words of plain text.</summary>
    /// <param name="text">Any text.</param>
    public static IReadOnlyList<string> Split(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string plain = Link().Replace(Address().Replace(text, " ADDRESS "), " LINK ");
        return [.. Word().Matches(plain).Select(match => Normal(match.Value))];
    }

    private static string Normal(string word) =>
        word is "ADDRESS" or "LINK" ? word : char.IsAsciiDigit(word[0]) ? "NUMBER" : word.ToLowerInvariant();

    [GeneratedRegex(@"^Subject:[ \t]*(.*)$", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex Subject();

    [GeneratedRegex(@"^Content-Transfer-Encoding:\s*base64", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex Encoded();

    [GeneratedRegex(@"<(style|script)\b.*?</\1>|<!--.*?-->", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Hidden();

    [GeneratedRegex(@"<[^>]{0,2000}>|=\n|=[0-9A-F]{2}")]
    private static partial Regex Tag();

    [GeneratedRegex(@"&[a-z#0-9]{1,8};", RegexOptions.IgnoreCase)]
    private static partial Regex Entity();

    [GeneratedRegex(@"[^\s<>@""]+@[^\s<>@""]+")]
    private static partial Regex Address();

    [GeneratedRegex(@"(https?://|www\.)\S+", RegexOptions.IgnoreCase)]
    private static partial Regex Link();

    [GeneratedRegex(@"[A-Za-z][A-Za-z']*|[0-9][0-9.,]*|[!?$%.]")]
    private static partial Regex Word();
}
