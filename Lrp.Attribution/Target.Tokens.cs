using static TorchSharp.torch;

namespace Lrp.Attribution;

public sealed partial class Target
{
    /// <summary>
    /// A token at one position of a language model's logits, which have the shape (samples, positions, vocabulary).
    /// </summary>
    /// <param name="position">The position; negative positions count from the end, -1 is the last.</param>
    /// <param name="id">The token.</param>
    /// <param name="against">
    /// A token whose logit is subtracted: why the one and not the other. Null for the logit alone.
    /// </param>
    /// <remarks>
    /// The logits at a position predict the token after it. In a batch with padding on the right, -1 is padding: use
    /// <see cref="Token(Tensor, long, long?)"/>.
    /// </remarks>
    public static Target Token(long position, long id, long? against = null) =>
        Contrasted(
            Named(id),
            against,
            (output, _, token) => AtPositions(output, Same(output, position), Same(output, token)),
            id,
            $"at position {position}",
            position < 0
        );

    /// <summary>A token at the last position of each sample that is no padding.</summary>
    /// <param name="mask">
    /// The batch's mask, of shape (samples, positions): 1 or true for a token, 0 or false for padding, on either side.
    /// </param>
    /// <param name="id">The token.</param>
    /// <param name="against">
    /// A token whose logit is subtracted: why the one and not the other. Null for the logit alone.
    /// </param>
    public static Target Token(Tensor mask, long id, long? against = null)
    {
        var last = new LastPositions(mask);
        return Contrasted(
            Named(id),
            against,
            (output, samples, token) => AtPositions(output, last.In(output, samples), Same(output, token)),
            id,
            "at the last position that is no padding",
            countsFromTheEnd: false
        );
    }

    /// <summary>One token for each sample at one position of a language model's logits.</summary>
    /// <param name="position">The position; negative positions count from the end, -1 is the last.</param>
    /// <param name="ids">The tokens, one for each sample.</param>
    public static Target Tokens(long position, params long[] ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        Array.ForEach(ids, id => _ = Named(id));
        return new Target(
            $"{ids.Length} tokens at position {position}",
            (output, samples) => AtPositions(output, Same(output, position), Own(output, samples, ids))
        )
        {
            CountsFromTheEnd = position < 0,
        };
    }

    /// <summary>One token for each sample at its last position that is no padding.</summary>
    /// <param name="mask">
    /// The batch's mask, of shape (samples, positions): 1 or true for a token, 0 or false for padding, on either side.
    /// </param>
    /// <param name="ids">The tokens, one for each sample.</param>
    public static Target Tokens(Tensor mask, params long[] ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        Array.ForEach(ids, id => _ = Named(id));
        var last = new LastPositions(mask);
        return new Target(
            $"{ids.Length} tokens at the last position that is no padding",
            (output, samples) => AtPositions(output, last.In(output, samples), Own(output, samples, ids))
        );
    }

    /// <summary>The token with the largest logit of each sample at one position.</summary>
    /// <param name="position">The position; negative positions count from the end, -1 is the last.</param>
    public static Target PredictedToken(long position = -1) =>
        new(
            $"the predicted token at position {position}",
            (output, _) => AtPositions(output, Same(output, position), tokens: null)
        )
        {
            IsChosenByOutput = true,
        };

    /// <summary>The token with the largest logit of each sample at its last position that is no padding.</summary>
    /// <param name="mask">
    /// The batch's mask, of shape (samples, positions): 1 or true for a token, 0 or false for padding, on either side.
    /// </param>
    public static Target PredictedToken(Tensor mask)
    {
        var last = new LastPositions(mask);
        return new Target(
            "the predicted token at the last position that is no padding",
            (output, samples) => AtPositions(output, last.In(output, samples), tokens: null)
        )
        {
            IsChosenByOutput = true,
        };
    }

    private static Target Contrasted(
        string text,
        long? against,
        Func<Tensor, BatchPart, long, Tensor> weights,
        long id,
        string where,
        bool countsFromTheEnd
    ) =>
        against is { } other
            ? new Target(
                $"{text} - {Named(other)} {where}",
                (output, samples) => weights(output, samples, id).sub(weights(output, samples, other))
            )
            {
                CountsFromTheEnd = countsFromTheEnd,
            }
            : new Target($"{text} {where}", (output, samples) => weights(output, samples, id))
            {
                CountsFromTheEnd = countsFromTheEnd,
            };

    /// <summary>1 at one position and one token of each sample; at the largest logit where tokens are null.</summary>
    private static Tensor AtPositions(Tensor output, long[] positions, long[]? tokens)
    {
        var (samples, length, vocabulary) = (output.shape[0], output.shape[1], output.shape[2]);
        var places = Array.ConvertAll(positions, position => position < 0 ? position + length : position);
        var wrong = Array.FindIndex(places, position => position < 0 || position >= length);
        if (wrong >= 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(positions),
                positions[wrong],
                $"The model's output {Shape(output)} has the positions 0 to {length - 1}, or -{length} to -1 from the "
                    + "end."
            );
        }

        var unknown = tokens is null ? -1 : Array.FindIndex(tokens, token => token < 0 || token >= vocabulary);
        if (unknown >= 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(tokens),
                tokens![unknown],
                $"The model's output {Shape(output)} has the tokens 0 to {vocabulary - 1}."
            );
        }

        var rows = tensor(places, device: output.device).reshape(samples, 1);
        var ids = tokens is null
            ? output.gather(1, rows.unsqueeze(2).expand(samples, 1, vocabulary)).squeeze(1).argmax(1, keepdim: true)
            : tensor(tokens, device: output.device).reshape(samples, 1);
        var weights = zeros(samples, length * vocabulary, dtype: output.dtype, device: output.device);
        var one = ones(samples, 1, dtype: output.dtype, device: output.device);
        return weights.scatter_(1, (rows * vocabulary) + ids, one).reshape(output.shape);
    }

    private static long[] Same(Tensor output, long value) => [.. Enumerable.Repeat(value, (int)CheckTokens(output))];

    private static long[] Own(Tensor output, BatchPart samples, long[] ids)
    {
        _ = CheckTokens(output);
        return samples.Own(ids, "list of tokens");
    }

    /// <summary>A token as texts name it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Ids of tokens are counted from 0 only.</exception>
    private static string Named(long id) =>
        id >= 0
            ? $"token {id}"
            : throw new ArgumentOutOfRangeException(
                nameof(id),
                id,
                "The id of a token is a place in the vocabulary, from 0; negative numbers count positions only."
            );

    internal static long CheckTokens(Tensor output) =>
        output.dim() == 3
            ? output.shape[0]
            : throw new ArgumentException(
                "To explain a token, the model's output must have the shape (samples, positions, vocabulary); it has "
                    + $"{Shape(output)}. "
                    + (
                        output.dim() == 2
                            ? "Use Target.Class(id) for logits of one position."
                            : "Use Target.Entry(…) for one entry, or Target.Weights for a weighted sum."
                    )
            );
}
