using static TorchSharp.torch;

namespace Lrp.Attribution.Evaluation;

/// <summary>
/// Pixel flipping: removes the input's pixels one after the other, in the order of their relevance, and measures the
/// explained output (Bach et al. 2015, section "Evaluating Heatmaps"; Samek et al. 2017).
/// </summary>
/// <remarks>
/// Relevance is faithful if the output falls quickly when the most relevant pixels are removed first, and slowly when
/// the least relevant are removed first. The area between the two curves measures both (Blücher, Vielhaben and
/// Strodthoff 2024).
/// </remarks>
public sealed class PixelFlipping
{
    /// <summary>The number of steps in which the input is removed; the curves have one point more.</summary>
    public int Steps { get; init; } = 28;

    /// <summary>
    /// The values that replace removed pixels: of the shape of one sample, or a shape that broadcasts to it; by default
    /// zero.
    /// </summary>
    public Tensor? Baseline { get; init; }

    /// <summary>
    /// The dimension whose entries form one pixel and are removed together, where dimension 0 is the samples. By
    /// default 1 for inputs of shape (samples, channels, height, width), and none for others.
    /// </summary>
    public int? ChannelDimension { get; init; }

    /// <summary>How many inputs go through the model at once.</summary>
    public int ChunkSize { get; init; } = 64;

    /// <summary>The seed for the order of pixels with the same relevance, and for random relevance.</summary>
    public int Seed { get; init; }

    /// <summary>Evaluates the relevance of a batch.</summary>
    /// <param name="model">The model that was explained.</param>
    /// <param name="input">The inputs, samples along the first dimension.</param>
    /// <param name="relevance">The relevance, of the input's shape.</param>
    /// <param name="target">The output that was explained; by default the predicted class of each sample.</param>
    /// <param name="progress">Receives a report after every pass through the model.</param>
    /// <param name="cancellationToken">Checked before every pass through the model.</param>
    /// <returns>The curves and the score.</returns>
    /// <exception cref="ArgumentException">
    /// The shapes differ, the input is empty, or the relevance is not finite.
    /// </exception>
    public FlippingCurves Evaluate(
        nn.Module<Tensor, Tensor> model,
        Tensor input,
        Tensor relevance,
        Target? target = null,
        IProgress<AttributionProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(input);
        return Evaluate(
            model,
            inputs => model.call(inputs[0]),
            [input],
            relevance,
            target,
            progress,
            cancellationToken
        );
    }

    /// <summary>Evaluates the relevance of a batch for a model of any signature.</summary>
    /// <param name="model">The model that was explained.</param>
    /// <param name="forward">Runs the model on the arguments, and returns the tensor that was explained.</param>
    /// <param name="arguments">
    /// The tensors that the function gets, samples along the first dimension of each. The pixels of the first one of a
    /// floating point type are removed; pass others that come before it as <see cref="ModelArgument.Constant"/>.
    /// </param>
    /// <param name="relevance">The relevance of that argument, of its shape.</param>
    /// <param name="target">The output that was explained; by default the predicted class of each sample.</param>
    /// <param name="progress">Receives a report after every pass through the model.</param>
    /// <param name="cancellationToken">Checked before every pass through the model.</param>
    /// <returns>The curves and the score.</returns>
    /// <exception cref="ArgumentException">
    /// The shapes differ, the input is empty, or the relevance is not finite.
    /// </exception>
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
        var input = FirstOfNumbers(arguments);
        Check(input, relevance);
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using var explained = new ExplainedModel(model, forward, [.. arguments.Select(one => OnlyFirst(one, input))]);
        var perPixel = PerPixel(relevance);
        var order = new RemovalOrder(perPixel, Seed);
        var samples = input.shape[0];
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
            long[] shape = [count, .. perPixel.shape[1..]];
            most.AddRange(Curves(slice, order.Ranks(first, count, descending: true).reshape(shape).to(input.device)));
            least.AddRange(Curves(slice, order.Ranks(first, count, descending: false).reshape(shape).to(input.device)));
        }

        double[] shares = [.. Enumerable.Range(0, Steps + 1).Select(step => (double)step / Steps)];
        return new FlippingCurves(shares, [.. most], [.. least]);
    }

    /// <summary>Evaluates random relevance, as the score that a method must exceed.</summary>
    /// <param name="model">The model.</param>
    /// <param name="input">The inputs, samples along the first dimension.</param>
    /// <param name="target">The output to measure; by default the predicted class of each sample.</param>
    /// <param name="progress">Receives a report after every pass through the model.</param>
    /// <param name="cancellationToken">Checked before every pass through the model.</param>
    public FlippingCurves EvaluateRandom(
        nn.Module<Tensor, Tensor> model,
        Tensor input,
        Target? target = null,
        IProgress<AttributionProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(input);

        // The relevance is the same everywhere, so the seed decides the order.
        using var none = zeros_like(input.detach());
        return Evaluate(model, input, none, target, progress, cancellationToken);
    }

    /// <summary>Evaluates random relevance for a model of any signature.</summary>
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
        using var none = zeros_like(FirstOfNumbers(arguments).detach());
        return Evaluate(model, forward, arguments, none, target, progress, cancellationToken);
    }

    private void Check(Tensor input, Tensor relevance)
    {
        if (!relevance.shape.SequenceEqual(input.shape) || input.dim() < 2)
        {
            throw new ArgumentException(
                $"The input has the shape [{string.Join(", ", input.shape)}] and the relevance "
                    + $"[{string.Join(", ", relevance.shape)}]; the shapes must be the same, with the samples first."
            );
        }

        if (input.NumberOfElements == 0)
        {
            throw new ArgumentException(
                $"The input has the shape [{string.Join(", ", input.shape)}] and so no pixels; pixel flipping needs "
                    + "at least one sample with at least one entry.",
                nameof(input)
            );
        }

        BaselineValue.Check(Baseline, input);
    }

    private static Tensor FirstOfNumbers(IReadOnlyList<ModelArgument> arguments) =>
        arguments.FirstOrDefault(argument => argument.IsExplained)?.Value
        ?? throw new ArgumentException(
            "Pixel flipping removes the pixels of an argument of a floating point type, and there is none: use "
                + "TokenFlipping for token ids.",
            nameof(arguments)
        );

    private static ModelArgument OnlyFirst(ModelArgument argument, Tensor first) =>
        ReferenceEquals(argument.Value, first) ? argument : ModelArgument.Constant(argument.Value);

    private Tensor PerPixel(Tensor relevance)
    {
        var wide = relevance.detach().to(ScalarType.Float64);
        var channels = ChannelDimension ?? (relevance.dim() == 4 ? 1 : null);
        if (channels is not { } dimension)
        {
            return wide;
        }

        if (dimension < 1 || dimension >= relevance.dim())
        {
            throw new ArgumentException(
                $"Relevance of shape [{string.Join(", ", relevance.shape)}] has no channel dimension {dimension}."
            );
        }

        return wide.sum(dimension, keepdim: true);
    }

    private double[][] Curves(AttributionSlice slice, Tensor ranks)
    {
        var baseline = BaselineValue.For(Baseline, slice.Input);
        var pixels = ranks.NumberOfElements / slice.Samples;
        double[][] curves = [.. Enumerable.Range(0, (int)slice.Samples).Select(_ => new double[Steps + 1])];
        foreach (var steps in Enumerable.Range(0, Steps + 1).Chunk((int)Math.Min(slice.CopiesPerPass, int.MaxValue)))
        {
            using var scope = NewDisposeScope();
            long[] limits = [.. steps.Select(step => (long)Math.Round((double)pixels * step / Steps))];
            long[] perCopy = [steps.Length, .. Enumerable.Repeat(1L, (int)ranks.dim())];
            var masks = ranks.unsqueeze(0).lt(tensor(limits, device: ranks.device).reshape(perCopy));
            var copies = where(masks, baseline.unsqueeze(0), slice.Input.unsqueeze(0)).flatten(0, 1);
            var outputs = slice.ExplainedOf(copies).to(ScalarType.Float64).cpu().data<double>().ToArray();
            for (var i = 0; i < outputs.Length; i++)
            {
                curves[i % slice.Samples][steps[i / (int)slice.Samples]] = outputs[i];
            }
        }

        return curves;
    }
}
