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
            $"token {id}",
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
        var last = LastPositions(mask);
        return Contrasted(
            $"token {id}",
            against,
            (output, first, token) => AtPositions(output, Own(output, first, last, "mask"), Same(output, token)),
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
        return new Target(
            $"{ids.Length} tokens at position {position}",
            (output, first) => AtPositions(output, Same(output, position), Own(output, first, ids, "list of tokens"))
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
        var last = LastPositions(mask);
        return new Target(
            $"{ids.Length} tokens at the last position that is no padding",
            (output, first) =>
                AtPositions(output, Own(output, first, last, "mask"), Own(output, first, ids, "list of tokens"))
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
        var last = LastPositions(mask);
        return new Target(
            "the predicted token at the last position that is no padding",
            (output, first) => AtPositions(output, Own(output, first, last, "mask"), tokens: null)
        )
        {
            IsChosenByOutput = true,
        };
    }

    private static Target Contrasted(
        string text,
        long? against,
        Func<Tensor, long, long, Tensor> weights,
        long id,
        string where,
        bool countsFromTheEnd
    ) =>
        against is { } other
            ? new Target(
                $"{text} - token {other} {where}",
                (output, first) => weights(output, first, id).sub(weights(output, first, other))
            )
            {
                CountsFromTheEnd = countsFromTheEnd,
            }
            : new Target($"{text} {where}", (output, first) => weights(output, first, id))
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

        if (tokens?.FirstOrDefault(token => token < 0 || token >= vocabulary, -1) is { } unknown and not -1)
        {
            throw new ArgumentOutOfRangeException(
                nameof(tokens),
                unknown,
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

    private static long[] Own(Tensor output, long first, long[] all, string what)
    {
        var samples = CheckTokens(output);
        return first + samples <= all.Length
            ? all[(int)first..(int)(first + samples)]
            : throw new ArgumentException(
                $"The target's {what} is for {all.Length} samples; the batch has at least {first + samples}."
            );
    }

    private static long CheckTokens(Tensor output) =>
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

    private static long[] LastPositions(Tensor mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        if (mask.dim() != 2 || mask.NumberOfElements == 0)
        {
            throw new ArgumentException(
                $"A mask of padding has the shape (samples, positions), 1 for a token and 0 for padding; this one has "
                    + $"{Shape(mask)}.",
                nameof(mask)
            );
        }

        using var scope = NewDisposeScope();
        using var off = no_grad();
        var numbers = arange(1, mask.shape[1] + 1, ScalarType.Int64, mask.device);
        var last = (mask.ne(0).to(ScalarType.Int64) * numbers).amax([1]).cpu().data<long>().ToArray();
        var empty = Array.IndexOf(last, 0L);
        return empty < 0
            ? [.. last.Select(number => number - 1)]
            : throw new ArgumentException($"Sample {empty} of the mask is padding only.", nameof(mask));
    }
}
