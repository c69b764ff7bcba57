using System.Text;
using static System.Globalization.UnicodeCategory;

namespace Lrp.Models.Explanations;

/// <summary>Which tokens are pieces of one word.</summary>
internal static class Words
{
    /// <summary>The number of each token's word; special tokens are words of their own.</summary>
    public static int[] Of(TextExplanation explanation)
    {
        var tokens = explanation.Tokens;
        var known = AreKnown(explanation);
        var words = new int[tokens.Count];
        for (var i = 1; i < words.Length; i++)
        {
            var joins =
                !IsOutside(tokens[i - 1])
                && !IsOutside(tokens[i])
                && (
                    known ? tokens[i - 1].Word == tokens[i].Word : AreJoined(explanation.Text, tokens[i - 1], tokens[i])
                );
            words[i] = words[i - 1] + (joins ? 0 : 1);
        }

        return words;
    }

    /// <summary>The explanation with one token for each word.</summary>
    public static TextExplanation Merge(TextExplanation explanation)
    {
        int[][] groups =
        [
            .. Of(explanation)
                .Select((word, token) => (Word: word, Token: token))
                .GroupBy(pair => pair.Word, pair => pair.Token)
                .Select(group => group.ToArray()),
        ];
        return new TextExplanation(
            explanation.Text,
            [.. groups.Select(group => Merge(explanation, group))],
            Sums(explanation.Relevance)
        )
        {
            Layers = explanation.Layers?.Select(Sums).ToArray(),
            Heads = Parts(explanation.Heads),
            Experts = Parts(explanation.Experts),
            SecondStart = explanation.SecondStart,
            Model = explanation.Model,
            Method = explanation.Method,
            Target = explanation.Target,
            Against = explanation.Against,
            Score = explanation.Score,
        };

        double[] Sums(IReadOnlyList<double> values) => [.. groups.Select(group => group.Sum(token => values[token]))];

        PartRelevance? Parts(PartRelevance? parts) =>
            parts is null
                ? null
                : parts with
                {
                    PerToken = parts.PerToken?.Select(block => block.Select(Sums).ToArray()).ToArray(),
                };
    }

    /// <summary>Whether a place is between two letters or digits of one word.</summary>
    /// <param name="text">A text.</param>
    /// <param name="at">The UTF-16 unit behind the place.</param>
    public static bool IsInside(string text, int at) =>
        at > 0 && at < text.Length && IsOfWord(text[at - 1]) && IsOfWord(text[at]);

    private static bool IsOfWord(char unit) =>
        !char.IsSurrogate(unit)
        && (char.IsLetterOrDigit(unit) || char.GetUnicodeCategory(unit) is NonSpacingMark or SpacingCombiningMark)
        && !IsSpaceless(new Rune(unit));

    private static TextToken Merge(TextExplanation explanation, int[] group)
    {
        var first = explanation.Tokens[group[0]];
        if (group.Length == 1)
        {
            return first;
        }

        var start = group.Min(token => explanation.Tokens[token].Start);
        var end = group.Max(token => explanation.Tokens[token].Start + explanation.Tokens[token].Length);
        return first with { Piece = explanation.Text[start..end].Trim(), Start = start, Length = end - start };
    }

    /// <summary>
    /// Whether a token belongs to no word. A blank that the tokenizer takes out of the text (RoBERTa) leaves a token
    /// without characters, which belongs to the word behind it.
    /// </summary>
    private static bool IsOutside(TextToken token) => token.IsSpecial || (token.Length == 0 && token.Word is null);

    /// <summary>
    /// Whether the tokenizer tells words apart. Those of LLaMA 2 and Gemma take a whole text, or a line, as one word.
    /// </summary>
    private static bool AreKnown(TextExplanation explanation)
    {
        var words = explanation.Tokens.Where(token => !IsOutside(token)).GroupBy(token => token.Word).ToList();
        return words.Count > 1 && words.TrueForAll(word => word.Key is not null && !HasSpaces(word));

        bool HasSpaces(IEnumerable<TextToken> word) =>
            explanation
                .Text[word.Min(token => token.Start)..word.Max(token => token.Start + token.Length)]
                .Trim()
                .Any(char.IsWhiteSpace);
    }

    private static bool AreJoined(string text, TextToken before, TextToken token)
    {
        var end = before.Start + before.Length;
        if (token.Start < end)
        {
            return true; // parts of one character
        }

        if (token.Start > end || end == text.Length || char.IsWhiteSpace(text[end]))
        {
            return false;
        }

        // A space of its own, as LLaMA 2 and XLM-RoBERTa have it, belongs to the word behind it.
        return string.IsNullOrWhiteSpace(text[before.Start..end])
            || !char.IsWhiteSpace(text[end - 1])
                && !IsSpaceless(LastRune(text, end))
                && !IsSpaceless(Rune.TryGetRuneAt(text, end, out var next) ? next : default);
    }

    private static Rune LastRune(string text, int end) =>
        Rune.DecodeLastFromUtf16(text.AsSpan(0, end), out var last, out _) == System.Buffers.OperationStatus.Done
            ? last
            : default;

    // Chinese characters, Japanese syllables, and the letters of Thai, Lao, Khmer and Burmese.
    private static bool IsSpaceless(Rune character) =>
        character.Value
            is (>= 0x2e80 and <= 0x2fdf)
                or (>= 0x3005 and <= 0x30ff)
                or (>= 0x3400 and <= 0x9fff)
                or (>= 0xf900 and <= 0xfaff)
                or (>= 0x20000 and <= 0x3ffff)
                or (>= 0x0e00 and <= 0x0eff)
                or (>= 0x1000 and <= 0x109f)
                or (>= 0x1780 and <= 0x17ff);
}
