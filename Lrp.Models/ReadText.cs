using Lrp.Models.Explanations;
using Lrp.Models.Tokenizers;
using Lrp.Models.Transformers.Configurations;
using static TorchSharp.torch;

namespace Lrp.Models;

/// <summary>What a model reads, one text or two, as one text with its tokens.</summary>
internal sealed class ReadText
{
    /// <summary>Stands between two texts that are shown together.</summary>
    private const string Between = "\n";

    /// <summary>One text.</summary>
    public ReadText(string text, TokenEncoding encoding)
    {
        Text = text;
        Encoding = encoding;
        Tokens = encoding.ToTextTokens();
    }

    /// <summary>Two texts: the places of the second one's tokens are counted on.</summary>
    public ReadText(TextPair pair, TokenEncoding encoding)
    {
        var start = pair.First.Length + Between.Length;
        var words = 1 + (encoding.WordIds.Where((_, k) => encoding.SequenceIds[k] == 0).Max() ?? -1);
        Text = pair.First + Between + pair.Second;
        SecondStart = start;
        Encoding = encoding;
        Tokens =
        [
            .. encoding
                .ToTextTokens()
                .Select(
                    (token, k) =>
                        encoding.SequenceIds[k] == 1
                            ? token with
                            {
                                Start = token.Start + start,
                                Word = token.Word + words,
                            }
                            : token
                ),
        ];
    }

    /// <summary>The text; two texts stand one below the other.</summary>
    public string Text { get; }

    /// <summary>Where the second text starts; null for one text.</summary>
    public int? SecondStart { get; }

    /// <summary>The tokens as the tokenizer gives them, with places in each text of its own.</summary>
    public TokenEncoding Encoding { get; }

    /// <summary>The tokens, with places in <see cref="Text"/>.</summary>
    public IReadOnlyList<TextToken> Tokens { get; }

    /// <summary>The places of the tokens that stand for characters of a text.</summary>
    /// <param name="sequence">0 for the first of two texts, 1 for the second; null for all that is read.</param>
    public IReadOnlyList<int> Places(int? sequence = null) =>
        [
            .. Enumerable
                .Range(0, Tokens.Count)
                .Where(k => Tokens[k].Length > 0 && Encoding.SequenceIds[k] is { } own && own == (sequence ?? own)),
        ];

    /// <summary>The two texts of an explanation; null where it has one.</summary>
    public static TextPair? PairOf(TextExplanation explanation) =>
        explanation.SecondStart is { } start
            ? new TextPair(explanation.Text[..(start - Between.Length)], explanation.Text[start..])
            : null;

    /// <summary>The tokens that there would be with other characters at a place of the text.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="start">The place in <see cref="Text"/>, inside one of the texts.</param>
    /// <param name="length">How many characters are replaced.</param>
    /// <param name="other">What stands there instead.</param>
    public TokenEncoding Replaced(Tokenizer tokenizer, int start, int length, string other)
    {
        var text = Text[..start] + other + Text[(start + length)..];
        if (SecondStart is not { } second)
        {
            return tokenizer.Encode(text);
        }

        var cut = start < second ? second + other.Length - length : second;
        return tokenizer.Encode(text[..(cut - Between.Length)], text[cut..]);
    }

    /// <summary>The ids, 1 × T.</summary>
    public Tensor Ids() => TextChecks.Ids(Encoding);

    /// <summary>The types of the tokens, 1 × T; null for a model that has none, and for one text.</summary>
    public Tensor? Types(TransformerConfiguration configuration) =>
        SecondStart is not null && (configuration.Encoder ?? configuration.Stack).TokenTypes > 0
            ? tensor([.. Encoding.TypeIds], dtype: ScalarType.Int64).unsqueeze(0)
            : null;
}
