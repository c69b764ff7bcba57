using Lrp.Models.Tokenizers.Text;

namespace Lrp.Models.Tokenizers.Processors;

/// <summary>Takes the blanks at the ends of a token, which byte-level tokens have, out of its offsets.</summary>
/// <param name="addPrefixSpace">
/// Whether one blank of a text's first token may have been added, so that the text does not have it.
/// </param>
internal sealed class TrimProcessor(bool addPrefixSpace) : IRowProcessor
{
    public int AddedTokens(bool isPair) => 0;

    public List<TokenRow> Process(List<TokenRow> rows, bool specialTokens)
    {
        foreach (var row in rows)
        {
            row.ForEach(Trim);
        }

        return rows;
    }

    private RowToken Trim(RowToken token, int place)
    {
        var (start, end) = token.Origin;
        var leading = token.Text.TakeWhile(IsBlank).Count();
        var trailing = token.Text.Reverse().TakeWhile(IsBlank).Count();
        if (leading == 1 && addPrefixSpace && (place == 0 || start == 0))
        {
            leading = 0;
        }

        if (leading > 0)
        {
            start = Math.Min(start + leading, end);
        }

        if (trailing > 0 && end >= trailing)
        {
            end = Math.Max(end - trailing, start);
        }

        return token with
        {
            Origin = new Origin(start, end),
        };
    }

    private static bool IsBlank(char value) => value == ByteAlphabet.Blank || char.IsWhiteSpace(value);
}
