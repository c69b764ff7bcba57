namespace Lrp.Models.Tokenizers.Processors;

/// <summary>Puts special tokens around one or two texts, as a template says.</summary>
/// <param name="single">The parts of one text's row.</param>
/// <param name="pair">The parts of two texts' row.</param>
internal sealed class TemplateProcessor(IReadOnlyList<TemplatePart> single, IReadOnlyList<TemplatePart> pair)
    : IRowProcessor
{
    /// <summary>The template of BERT: [CLS] A [SEP] B [SEP].</summary>
    public static TemplateProcessor Bert((int Id, string Text) cls, (int Id, string Text) sep)
    {
        TemplatePart[] first = [TemplatePart.Token(cls, 0), TemplatePart.Text(0, 0), TemplatePart.Token(sep, 0)];
        return new TemplateProcessor(first, [.. first, TemplatePart.Text(1, 1), TemplatePart.Token(sep, 1)]);
    }

    /// <summary>The template of RoBERTa: &lt;s&gt; A &lt;/s&gt; &lt;/s&gt; B &lt;/s&gt;, all of type 0.</summary>
    public static TemplateProcessor Roberta((int Id, string Text) cls, (int Id, string Text) sep)
    {
        var end = TemplatePart.Token(sep, 0);
        TemplatePart[] first = [TemplatePart.Token(cls, 0), TemplatePart.Text(0, 0), end];
        return new TemplateProcessor(first, [.. first, end, TemplatePart.Text(1, 0), end]);
    }

    /// <summary>One token before each text, as OPT has it: &lt;/s&gt; A &lt;/s&gt; B.</summary>
    public static TemplateProcessor Begun((int Id, string Text) begin)
    {
        TemplatePart[] first = [TemplatePart.Token(begin, 0), TemplatePart.Text(0, 0)];
        return new TemplateProcessor(first, [.. first, TemplatePart.Token(begin, 1), TemplatePart.Text(1, 1)]);
    }

    public int AddedTokens(bool isPair) => (isPair ? pair : single).Sum(part => part.Tokens.Count);

    public List<TokenRow> Process(List<TokenRow> rows, bool specialTokens)
    {
        var result = new List<TokenRow>();
        foreach (var part in rows.Count == 2 ? pair : single)
        {
            if (part.Sequence is { } sequence)
            {
                var row = rows[sequence].Copy();
                row.ForEach((token, _) => token with { TypeId = part.TypeId });
                result.Add(row);
            }
            else if (specialTokens)
            {
                result.Add(
                    new TokenRow(part.Tokens.Select(token => RowToken.Special(token.Id, token.Text, part.TypeId)))
                );
            }
        }

        return result;
    }
}

/// <summary>A part of a template: a text, or special tokens.</summary>
/// <param name="Sequence">0 for the first text, 1 for the second one, null for special tokens.</param>
/// <param name="TypeId">The type id of its tokens.</param>
/// <param name="Tokens">The special tokens.</param>
internal sealed record TemplatePart(int? Sequence, int TypeId, IReadOnlyList<(int Id, string Text)> Tokens)
{
    public static TemplatePart Text(int sequence, int typeId) => new(sequence, typeId, []);

    public static TemplatePart Token((int Id, string Text) token, int typeId) => new(null, typeId, [token]);
}
