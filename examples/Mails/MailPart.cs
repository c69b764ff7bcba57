using System.Text;
using System.Text.RegularExpressions;

namespace Mails;

/// <summary>A mail, or a part of one: headers and a body (RFC 822, RFC 2045), read leniently, as spam is not always well formed.</summary>
/// <param name="Headers">The headers by name in lower case, the first of each name.</param>
/// <param name="Body">What follows the first empty line.</param>
internal sealed partial record MailPart(IReadOnlyDictionary<string, string> Headers, string Body)
{
    /// <summary>A header's value, empty where there is none.</summary>
    public string this[string header] => Headers.GetValueOrDefault(header, string.Empty);

    public static MailPart Parse(string text)
    {
        int end = text.IndexOf("\n\n", StringComparison.Ordinal);
        string head = end < 0 ? text : text[..end];
        var headers = new Dictionary<string, string>();
        foreach (Match header in Header().Matches(head))
        {
            headers.TryAdd(header.Groups[1].Value.ToLowerInvariant(), header.Groups[2].Value.Replace('\n', ' ').Trim());
        }

        return new MailPart(headers, end < 0 ? string.Empty : text[(end + 2)..]);
    }

    /// <summary>The parts of a multipart.</summary>
    public IEnumerable<MailPart> Parts()
    {
        Match boundary = Boundary().Match(this["content-type"]);
        return boundary.Success
            ? ("\n" + Body).Split("\n--" + boundary.Groups[1].Value).Skip(1).Where(part => !part.StartsWith("--", StringComparison.Ordinal)).Select(part => Parse(part.TrimStart(' ').TrimStart('\n')))
            : [];
    }

    /// <summary>The body without its transfer encoding, a character a byte.</summary>
    public string Decode() => this["content-transfer-encoding"].ToLowerInvariant() switch
    {
        "quoted-printable" => QuotedByte().Replace(Body.Replace("=\n", string.Empty), match => ((char)Convert.ToByte(match.Groups[1].Value, 16)).ToString()),
        "base64" => Base64(),
        _ => Body,
    };

    private string Base64()
    {
        string code = new([.. Body.TakeWhile(character => character != '=').Where(character => char.IsAsciiLetterOrDigit(character) || character is '+' or '/')]);

        // Without its last characters a code may still be read; one character alone holds no byte.
        code = (code.Length % 4) switch { 1 => code[..^1], 2 => code + "==", 3 => code + "=", _ => code };
        return Encoding.Latin1.GetString(Convert.FromBase64String(code));
    }

    [GeneratedRegex(@"^([!-9;-~]+):(.*(?:\n[ \t].*)*)$", RegexOptions.Multiline)]
    private static partial Regex Header();

    [GeneratedRegex("boundary=\"?([^\";\\s]+)", RegexOptions.IgnoreCase)]
    private static partial Regex Boundary();

    [GeneratedRegex("=([0-9A-Fa-f]{2})")]
    private static partial Regex QuotedByte();
}
