namespace Lrp.Models.Explanations;

/// <summary>A part of the text with the tokens that it belongs to, or a token that is in the text nowhere.</summary>
/// <param name="Shown">The characters to show.</param>
/// <param name="Tokens">The tokens: none for what no token covers, several if tokens share a character.</param>
/// <param name="IsText">Whether it is a part of the text, and not the name of a token.</param>
internal sealed record TextSegment(string Shown, IReadOnlyList<int> Tokens, bool IsText)
{
    /// <summary>The relevance of the tokens together.</summary>
    public double Sum(IReadOnlyList<double> relevance) => Tokens.Sum(token => relevance[token]);

    /// <summary>The whole text in order, and the tokens beside it where the model took them.</summary>
    public static IReadOnlyList<TextSegment> Of(TextExplanation explanation)
    {
        var places = new List<(int Start, int End, List<int> Tokens, bool IsText)>();
        var text = explanation.Text;
        var end = 0;
        for (var i = 0; i < explanation.Tokens.Count; i++)
        {
            var token = explanation.Tokens[i];
            if (token.Length == 0)
            {
                places.Add((end, end, [i], false));
                continue;
            }

            var (start, stop) = Whole(text, token);
            var last = places.FindLastIndex(place => place.IsText);
            if (start < end && last >= 0)
            {
                places[last].Tokens.Add(i);
                end = Math.Max(end, stop);
                places[last] = places[last] with { End = end };
                continue;
            }

            if (start > end)
            {
                places.Add((end, start, [], true));
            }

            places.Add((start, stop, [i], true));
            end = stop;
        }

        // Behind the last token of the text, and before the special tokens that end it.
        var behind = places.FindLastIndex(place => place.IsText) + 1;
        places.Insert(behind, (end, text.Length, [], true));
        return
        [
            .. places
                .Where(place => !place.IsText || place.End > place.Start)
                .Select(place => new TextSegment(
                    place.IsText ? text[place.Start..place.End] : explanation.Tokens[place.Tokens[0]].Piece,
                    place.Tokens,
                    place.IsText
                )),
        ];
    }

    // A place never cuts a character of two UTF-16 units.
    private static (int Start, int End) Whole(string text, TextToken token)
    {
        var start = token.Start;
        var end = start + token.Length;
        return (IsInside(text, start) ? start - 1 : start, IsInside(text, end) ? end + 1 : end);
    }

    private static bool IsInside(string text, int at) =>
        at > 0 && at < text.Length && char.IsHighSurrogate(text[at - 1]) && char.IsLowSurrogate(text[at]);
}
