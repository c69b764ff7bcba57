using Lrp.Attribution;
using Lrp.Models.Tokenizers;
using Lrp.Models.Transformers.Configurations;
using static TorchSharp.torch;

namespace Lrp.Models;

/// <summary>A token that comes next, or stands at the mask.</summary>
internal sealed class TokenTarget(string piece, string? against, bool isMasked) : TextTarget
{
    internal override Func<Tensor, ResolvedTarget> Resolve(LanguageModel model, ReadText read)
    {
        var name = isMasked ? "Target.Masked" : "Target.Next";
        ThrowUnless(model, isMasked ? TransformerTask.MaskedToken : TransformerTask.NextToken, name);
        if (!isMasked && !model.Transformer.Configuration.ContinuesTexts)
        {
            throw new ArgumentException(
                $"{model.Transformer.Configuration.Architecture} has an encoder, and writes a text anew where others "
                    + "continue it: name the place of a token with the token, Target.Token(position, token)."
            );
        }

        var position = isMasked ? PlaceOfMask(model, read.Encoding) : -1;
        var target = against is null ? At(piece) : Target.Difference(At(piece), At(against));
        return _ => new ResolvedTarget(target, piece, against);

        Target At(string wanted) =>
            Target.Token(
                position,
                isMasked
                    ? TokenWords.AtMask(model.Tokenizer, read, position, wanted)
                    : TokenWords.Next(model.Tokenizer, read.Text, wanted)
            );
    }

    /// <summary>The position of the one mask.</summary>
    /// <exception cref="ArgumentException">There is none, or there are several.</exception>
    internal static int PlaceOfMask(LanguageModel model, TokenEncoding encoding)
    {
        var mask = TokenWords.MaskOf(model.Tokenizer);
        var places = TokenWords.PlacesOfMask(model.Tokenizer, encoding);
        return places.Count == 1
            ? places[0]
            : throw new ArgumentException(
                $"{model.Transformer.Configuration.Architecture} needs a text with one {mask}, and this one has "
                    + $"{places.Count}: write {mask} where the word is to be guessed."
            );
    }
}
