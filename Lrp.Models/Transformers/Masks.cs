using static TorchSharp.torch;

namespace Lrp.Models.Transformers;

/// <summary>Masks of attention: what is added to scores, 0 or the least finite number of the element type.</summary>
internal static class Masks
{
    /// <summary>The mask of a stack that reads itself.</summary>
    /// <param name="tokens">B × T, 1 for tokens and 0 for padding; null where there is no padding.</param>
    /// <param name="length">T.</param>
    /// <param name="isCausal">Whether a token sees only itself and those before it.</param>
    /// <param name="window">
    /// How far a token sees: back, itself counted, where causal, else to each side; null for everything.
    /// </param>
    /// <param name="like">Gives element type and device.</param>
    /// <returns>B or 1 × 1 × T × T; null where everything is seen.</returns>
    public static Tensor? OfSelf(Tensor? tokens, long length, bool isCausal, long? window, Tensor like)
    {
        using var scope = NewDisposeScope();
        Tensor? seen = null; // 1 × 1 × T × T
        if (isCausal || window < length)
        {
            var place = arange(length, device: like.device);
            var back = place.unsqueeze(1).sub(place.unsqueeze(0)); // query's place minus key's
            seen = isCausal ? back.ge(0) : back.abs().le(window!.Value);
            if (isCausal && window < length)
            {
                seen = seen.logical_and(back.lt(window.Value));
            }

            seen = seen.view(1, 1, length, length);
        }

        if (tokens is not null)
        {
            var kept = Kept(tokens);
            seen = seen is null ? kept : seen.logical_and(kept);
        }

        return seen is null ? null : Additive(seen, like).MoveToOuterDisposeScope();
    }

    /// <summary>The mask over an encoder's states.</summary>
    /// <returns>B × 1 × 1 × S; null where everything is seen.</returns>
    public static Tensor? OfEncoder(Tensor? tokens, Tensor like)
    {
        using var scope = NewDisposeScope();
        return tokens is null ? null : Additive(Kept(tokens), like).MoveToOuterDisposeScope();
    }

    private static Tensor Kept(Tensor tokens) => tokens.ne(0).unsqueeze(1).unsqueeze(1);

    private static Tensor Additive(Tensor seen, Tensor like)
    {
        var least = like.dtype switch
        {
            ScalarType.Float64 => double.MinValue,
            ScalarType.Float32 => float.MinValue,
            ScalarType.Float16 => -65504,
            _ => -3.3895313892515355e38, // bfloat16
        };
        return zeros(seen.shape, dtype: like.dtype, device: like.device).masked_fill_(seen.logical_not(), least);
    }
}
