using static TorchSharp.torch;

namespace Lrp.Attribution.Evaluation;

/// <summary>What becomes of a removed token.</summary>
public enum TokenRemoval
{
    /// <summary>Its embedding becomes zero.</summary>
    ZeroEmbedding,

    /// <summary>Its id becomes that of <see cref="TokenFlipping.MaskToken"/>.</summary>
    MaskToken,

    /// <summary>It is taken out, so that the text becomes shorter.</summary>
    Deletion,
}

/// <summary>
/// Token flipping: removes the tokens of a text one after the other, in the order of their relevance, and measures the
/// explained output; pixel flipping for texts (Achtibat et al. 2024, section 4.1).
/// </summary>
public sealed class TokenFlipping
{
    /// <summary>The number of steps in which the tokens are removed; the curves have one point more.</summary>
    public int Steps { get; init; } = 10;

    /// <summary>What becomes of a removed token.</summary>
    public TokenRemoval Removal { get; init; } = TokenRemoval.ZeroEmbedding;

    /// <summary>The id that stands for a removed token with <see cref="TokenRemoval.MaskToken"/>.</summary>
    public long? MaskToken { get; init; }

    /// <summary>
    /// True for the tokens that are never removed, of shape (samples, tokens): padding, special tokens, the last token
    /// of a prompt. Null for none.
    /// </summary>
    public Tensor? Kept { get; init; }

    /// <summary>How many inputs go through the model at once.</summary>
    public int ChunkSize { get; init; } = 64;

    /// <summary>The seed for the order of tokens with the same relevance, and for random relevance.</summary>
    public int Seed { get; init; }

    /// <summary>Evaluates the relevance of the tokens of a batch.</summary>
    /// <param name="model">The model that was explained.</param>
    /// <param name="ids">The token ids, integers of shape (samples, tokens).</param>
    /// <param name="relevance">
    /// The relevance of the tokens, (samples, tokens), or of their embedding, (samples, tokens, dim), which is summed.
    /// </param>
    /// <param name="target">The output that was explained; by default the predicted class of each sample.</param>
    /// <param name="progress">Receives a report after every pass through the model.</param>
    /// <param name="cancellationToken">Checked before every pass through the model.</param>
    /// <returns>The curves and the score; their fractions are those of the tokens that may be removed.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or the relevance is not finite.</exception>
    public FlippingCurves Evaluate(
        nn.Module<Tensor, Tensor> model,
        Tensor ids,
        Tensor relevance,
        Target? target = null,
        IProgress<AttributionProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(ids);
        return Evaluate(model, inputs => model.call(inputs[0]), [ids], relevance, target, progress, cancellationToken);
    }

    /// <summary>Evaluates the relevance of the tokens of a batch for a model of any signature.</summary>
    /// <param name="model">The model that was explained.</param>
    /// <param name="forward">Runs the model on the arguments, and returns the tensor that was explained.</param>
    /// <param name="arguments">
    /// The tensors that the function gets, samples along the first dimension of each. The first one of integers is the
    /// token ids. With <see cref="TokenRemoval.Deletion"/> a token goes from all arguments of integers and of truth
    /// values that have the tokens along their second dimension, or along their second and third.
    /// </param>
    /// <param name="relevance">
    /// The relevance of the tokens, (samples, tokens), or of their embedding, (samples, tokens, dim), which is summed.
    /// </param>
    /// <param name="target">The output that was explained; by default the predicted class of each sample.</param>
    /// <param name="progress">Receives a report after every pass through the model.</param>
    /// <param name="cancellationToken">Checked before every pass through the model.</param>
    /// <returns>The curves and the score; their fractions are those of the tokens that may be removed.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or the relevance is not finite.</exception>
    public FlippingCurves Evaluate(
        nn.Module model,
        Func<IReadOnlyList<Tensor>, Tensor> forward,
        IReadOnlyList<ModelArgument> arguments,
        Tensor relevance,
        Target? target = null,
        IProgress<AttributionProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(forward);
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(relevance);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Steps);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ChunkSize);
        var position = PositionOfIds(arguments);
        var ids = arguments[position].Value;
        Check(ids, relevance);
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using var explained = new ExplainedModel(model, forward, [.. arguments.Select(OnlyIds)]);
        var wide = relevance.detach().to(ScalarType.Float64);
        var order = new RemovalOrder(wide.dim() == 3 ? wide.sum(2) : wide, Seed, Kept);
        var samples = ids.shape[0];
        var counter = new ProgressCounter(progress);
        counter.Begin(samples * 2 * (Steps + 1));
        var most = new List<double[]>();
        var least = new List<double[]>();
        for (long first = 0; first < samples; first += ChunkSize)
        {
            using var sliceScope = NewDisposeScope();
            var count = Math.Min(ChunkSize, samples - first);
            using var slice = new AttributionSlice(explained, first, count, target ?? Target.Predicted)
            {
                Counter = counter,
                ChunkSize = ChunkSize,
                CancellationToken = cancellationToken,
            };
            var removal = new TokensOfSlice(slice, position, this);
            most.AddRange(removal.Curves(order.Ranks(first, count, descending: true), Limits(order, first, count)));
            least.AddRange(removal.Curves(order.Ranks(first, count, descending: false), Limits(order, first, count)));
        }

        double[] shares = [.. Enumerable.Range(0, Steps + 1).Select(step => (double)step / Steps)];
        return new FlippingCurves(shares, [.. most], [.. least]);
    }

    /// <summary>Evaluates random relevance, as the score that a method must exceed.</summary>
    /// <param name="model">The model.</param>
    /// <param name="forward">Runs the model on the arguments, and returns the tensor to measure.</param>
    /// <param name="arguments">The tensors that the function gets, samples along the first dimension of each.</param>
    /// <param name="target">The output to measure; by default the predicted class of each sample.</param>
    /// <param name="progress">Receives a report after every pass through the model.</param>
    /// <param name="cancellationToken">Checked before every pass through the model.</param>
    public FlippingCurves EvaluateRandom(
        nn.Module model,
        Func<IReadOnlyList<Tensor>, Tensor> forward,
        IReadOnlyList<ModelArgument> arguments,
        Target? target = null,
        IProgress<AttributionProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(arguments);

        // The relevance is the same everywhere, so the seed decides the order.
        using var none = zeros_like(arguments[PositionOfIds(arguments)].Value, dtype: ScalarType.Float64);
        return Evaluate(model, forward, arguments, none, target, progress, cancellationToken);
    }

    private static int PositionOfIds(IReadOnlyList<ModelArgument> arguments)
    {
        var position = arguments.ToList().FindIndex(argument => argument.IsIds);
        return position >= 0
            ? position
            : throw new ArgumentException(
                "Token flipping removes the tokens of an argument of integers, and there is none: use PixelFlipping "
                    + "for embedded words, with ChannelDimension 2.",
                nameof(arguments)
            );
    }

    /// <summary>Numbers beside the ids are passed along.</summary>
    private static ModelArgument OnlyIds(ModelArgument argument) =>
        argument.IsIds ? argument : ModelArgument.Constant(argument.Value);

    private void Check(Tensor ids, Tensor relevance)
    {
        if (ids.dim() != 2 || ids.NumberOfElements == 0)
        {
            throw new ArgumentException(
                $"Token ids have the shape (samples, tokens); these have [{string.Join(", ", ids.shape)}]."
            );
        }

        if (!(relevance.dim() is 2 or 3 && relevance.shape[..2].SequenceEqual(ids.shape)))
        {
            throw new ArgumentException(
                $"The token ids have the shape [{string.Join(", ", ids.shape)}] and the relevance "
                    + $"[{string.Join(", ", relevance.shape)}]; it must be one number for each token, such as "
                    + "result.Tokens()."
            );
        }

        if (Kept is not null && !Kept.shape.SequenceEqual(ids.shape))
        {
            throw new ArgumentException(
                $"The token ids have the shape [{string.Join(", ", ids.shape)}] and Kept "
                    + $"[{string.Join(", ", Kept.shape)}]; the shapes must be the same."
            );
        }

        if (Removal == TokenRemoval.MaskToken && MaskToken is null)
        {
            throw new ArgumentException("Set MaskToken to the id that stands for a removed token.");
        }
    }

    /// <summary>For each step how many tokens of each sample are removed; a deletion leaves one at least.</summary>
    private long[][] Limits(RemovalOrder order, long first, long count) =>
        [
            .. Enumerable
                .Range(0, Steps + 1)
                .Select(step =>
                    Enumerable
                        .Range(0, (int)count)
                        .Select(sample => order.Removable(first + sample))
                        .Select(removable => (long)Math.Round((double)removable * step / Steps))
                        .ToArray()
                ),
        ];
}
