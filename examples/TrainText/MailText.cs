using System.Text;
using System.Text.RegularExpressions;
using MimeKit;
using MimeKit.Text;

namespace TrainText;

/// <summary>
/// Extracts a mail's text: its subject and first text part, without quotes, addresses, links and HTML.
/// </summary>
public static partial class MailText
{
    private static readonly HashSet<HtmlTagId> Unread =
    [
        HtmlTagId.Script,
        HtmlTagId.Style,
        HtmlTagId.Title,
        HtmlTagId.IFrame,
    ];

    private static readonly HashSet<HtmlTagId> LineEnds =
    [
        HtmlTagId.Br,
        HtmlTagId.P,
        HtmlTagId.Div,
        HtmlTagId.TR,
        HtmlTagId.TD,
        HtmlTagId.LI,
        HtmlTagId.H1,
        HtmlTagId.H2,
        HtmlTagId.H3,
        HtmlTagId.H4,
        HtmlTagId.H5,
        HtmlTagId.H6,
    ];

    /// <summary>Reads a mail in its original form.</summary>
    /// <param name="mail">The headers and the body.</param>
    /// <returns>
    /// The subject, and on the next line the text; addresses and links are replaced by the words <c>address</c> and
    /// <c>link</c>.
    /// </returns>
    /// <exception cref="FormatException">The stream is not a mail.</exception>
    public static string Of(Stream mail)
    {
        using var message = MimeMessage.Load(mail);
        var body = message
            .BodyParts.OfType<TextPart>()
            .OrderBy(part => part.IsHtml)
            .Select(Written)
            .FirstOrDefault(text => !string.IsNullOrWhiteSpace(text), string.Empty);
        var text = $"{Clean(ListTag().Replace(message.Subject ?? string.Empty, " "))}\n{Clean(body)}";
        return Spaces().Replace(text, match => match.Value.Contains('\n') ? "\n" : " ").Trim();
    }

    private static string Written(TextPart part)
    {
        // Only ASCII characters are used. Latin-1 replaces none of the other bytes by a question mark, whatever the
        // mail's encoding is.
        var text = part.GetText(Encoding.Latin1).ReplaceLineEndings("\n");
        return part.IsHtml || text.Contains("<html", StringComparison.OrdinalIgnoreCase) ? WithoutTags(text) : text;
    }

    private static string WithoutTags(string html)
    {
        var text = new StringWriter();
        var tokens = new HtmlTokenizer(new StringReader(html)) { DecodeCharacterReferences = true };
        var unread = HtmlTagId.Unknown;
        while (tokens.ReadNextToken(out var token))
        {
            switch (token)
            {
                case HtmlTagToken tag when Unread.Contains(tag.Id):
                    unread = tag.IsEndTag ? HtmlTagId.Unknown : tag.Id;
                    break;
                case HtmlTagToken tag when LineEnds.Contains(tag.Id):
                    text.Write('\n');
                    break;
                case HtmlDataToken data when unread == HtmlTagId.Unknown:
                    text.Write(data.Data);
                    break;
            }
        }

        return text.ToString();
    }

    private static string Clean(string text)
    {
        var signature = text.IndexOf("\n-- \n", StringComparison.Ordinal);
        text = Quote().Replace(signature < 0 ? text : text[..signature], string.Empty);
        text = Address().Replace(Link().Replace(text, " link "), " address ");
        return NotAscii().Replace(text, " ");
    }

    // Quoted lines, and the line that names who is quoted.
    [GeneratedRegex(
        @"^[ \t]*[>|:].*$|^.*\b(wrote|writes|said):[ \t]*$",
        RegexOptions.Multiline | RegexOptions.IgnoreCase
    )]
    private static partial Regex Quote();

    [GeneratedRegex(@"\b(?:https?|ftp):\S+|\bwww\.\S+", RegexOptions.IgnoreCase)]
    private static partial Regex Link();

    [GeneratedRegex(@"\S+@\S+")]
    private static partial Regex Address();

    [GeneratedRegex(@"\[[^\]]*\]")]
    private static partial Regex ListTag();

    [GeneratedRegex(@"[^\n\x20-\x7e]+")]
    private static partial Regex NotAscii();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
