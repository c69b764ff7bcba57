using Lrp.Models.Explanations;
using Lrp.Models.Tokenizers;

namespace Lrp.Models;

/// <summary>From a tokenizer to an explanation, for models that are no <see cref="LanguageModel"/>.</summary>
public static class TokenEncodingExtensions
{
    /// <summary>The tokens of a text, for a <see cref="TextExplanation"/> of it.</summary>
    /// <param name="encoding">The tokens as a tokenizer gives them.</param>
    public static IReadOnlyList<TextToken> ToTextTokens(this TokenEncoding encoding)
    {
        ArgumentNullException.ThrowIfNull(encoding);
        return
        [
            .. Enumerable
                .Range(0, encoding.Count)
                .Select(k => new TextToken(
                    encoding.Ids[k],
                    encoding.Tokens[k],
                    encoding.Offsets[k].Start,
                    encoding.Offsets[k].Length,
                    encoding.SpecialTokensMask[k],
                    encoding.WordIds[k]
                )),
        ];
    }
}
