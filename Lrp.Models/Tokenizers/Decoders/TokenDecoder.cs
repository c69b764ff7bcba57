using Lrp.Models.Tokenizers.Text;

namespace Lrp.Models.Tokenizers.Decoders;

/// <summary>Changes each token for itself.</summary>
/// <param name="change">What becomes of a token, given its place and how many there are.</param>
internal sealed class TokenDecoder(Func<string, int, int, string> change) : IDecoder
{
    /// <summary>What English text loses when it is cut into words, and its repair.</summary>
    private static readonly (string Apart, string Together)[] Repairs =
    [
        (" .", "."),
        (" ?", "?"),
        (" !", "!"),
        (" ,", ","),
        (" ' ", "'"),
        (" n't", "n't"),
        (" 'm", "'m"),
        (" do not", " don't"),
        (" 's", "'s"),
        (" 've", "'ve"),
        (" 're", "'re"),
    ];

    public List<string> Decode(List<string> tokens) =>
        [.. tokens.Select((token, place) => change(token, place, tokens.Count))];

    /// <summary>Tokenizer.json's WordPiece: blanks between words, none before a prefix.</summary>
    public static TokenDecoder WordPiece(string prefix, bool cleanup) =>
        new(
            (token, place, _) =>
            {
                var joined =
                    place == 0 ? token
                    : token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..]
                    : " " + token;
                return cleanup ? Repair(joined) : joined;
            }
        );

    /// <summary>Tokenizer.json's BPEDecoder: a suffix that ends words becomes a blank, at the end nothing.</summary>
    public static TokenDecoder Suffix(string suffix) =>
        new((token, place, count) => token.Replace(suffix, place == count - 1 ? "" : " ", StringComparison.Ordinal));

    /// <summary>Tokenizer.json's Metaspace: the replacement becomes a blank, in the first token nothing.</summary>
    public static TokenDecoder Metaspace(char replacement, bool prepended) =>
        new(
            (token, place, _) =>
                token.Replace(replacement.ToString(), place == 0 && prepended ? "" : " ", StringComparison.Ordinal)
        );

    /// <summary>Tokenizer.json's Strip: up to so many of a character are removed at the start and at the end.</summary>
    public static TokenDecoder Strip(char content, int atStart, int atEnd) =>
        new(
            (token, _, _) =>
            {
                var start = 0;
                while (start < Math.Min(atStart, token.Length) && token[start] == content)
                {
                    start++;
                }

                var end = token.Length;
                while (end > start && token.Length - end < atEnd && token[end - 1] == content)
                {
                    end--;
                }

                return token[start..end];
            }
        );

    /// <summary>Tokenizer.json's Replace.</summary>
    public static TokenDecoder Replace(ITextPattern pattern, string content) =>
        new(
            (token, _, _) =>
            {
                var matches = new List<PatternMatch>();
                pattern.Find(token, matches);
                return string.Concat(matches.Select(match => match.Matches ? content : token[match.Start..match.End]));
            }
        );

    /// <summary>The text with English contractions and punctuation put together.</summary>
    internal static string Repair(string text) =>
        Repairs.Aggregate(
            text,
            (current, repair) => current.Replace(repair.Apart, repair.Together, StringComparison.Ordinal)
        );
}
