using Lrp.Composites.Attributors;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Composites.Evaluation;

/// <summary>
/// Pixel flipping: takes the input away pixel by pixel in the order of its relevance and watches the explained output
/// (Bach et al. 2015, section "Evaluating Heatmaps"; Samek et al. 2017).
/// </summary>
/// <remarks>
/// Relevance is faithful if the output falls fast when the most relevant pixels go first, and stays when the least
/// relevant go first; the area between the two curves says both in one number (Blücher, Vielhaben and Strodthoff 2024).
/// </remarks>
public sealed class PixelFlipping
{
    /// <summary>In how many steps the input is taken away; the curves have a point more.</summary>
    public int Steps { get; init; } = 28;

    /// <summary>What a pixel becomes: of the shape of one sample, or any that broadcasts to it; zero unless told.</summary>
    public Tensor? Baseline { get; init; }

    /// <summary>
    /// The dimension whose entries are one pixel together and go together, counted with the samples as dimension 0: 1 for
    /// inputs of (samples, channels, height, width), none for others, unless told.
    /// </summary>
    public int? ChannelDimension { get; init; }

    /// <summary>How many inputs go through the model at once.</summary>
    public int ChunkSize { get; init; } = 64;

    /// <summary>The seed that decides between pixels of the same relevance, and draws random relevance.</summary>
    public int Seed { get; init; }

    /// <summary>Measures one explanation of a batch.</summary>
    /// <param name="model">The model that was explained.</param>
    /// <param name="input">The inputs, samples along the first dimension.</param>
    /// <param name="relevance">The relevance, of the input's shape.</param>
    /// <param name="target">The output that was explained; the predicted class of each sample unless told.</param>
    /// <param name="progress">Told after every pass through the model.</param>
    /// <param name="cancellationToken">Asked before every pass through the model.</param>
    /// <returns>The curves and the score.</returns>
    /// <exception cref="ArgumentException">The shapes differ, or the relevance is not finite.</exception>
    public FlippingCurves Evaluate(
        nn.Module<Tensor, Tensor> model,
        Tensor input,
        Tensor relevance,
        Target? target = null,
        IProgress<AttributionProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(relevance);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Steps);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ChunkSize);
        if (!relevance.shape.SequenceEqual(input.shape) || input.dim() < 2)
        {
            throw new ArgumentException(
                $"The input has the shape [{string.Join(", ", input.shape)}], the relevance [{string.Join(", ", relevance.shape)}]; the same shape, samples first, is expected.");
        }

        BaselineValue.Check(Baseline, input);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        Tensor perPixel = PerPixel(relevance);
        double[][] scores = ToRows(perPixel);
        long samples = input.shape[0];
        var counter = new ProgressCounter(progress, samples * 2 * (Steps + 1));
        var most = new List<double[]>();
        var least = new List<double[]>();
        for (long first = 0; first < samples; first += ChunkSize)
        {
            using DisposeScope sliceScope = NewDisposeScope();
            long count = Math.Min(ChunkSize, samples - first);
            using var slice = new AttributionSlice(model, input.detach().narrow(0, first, count), target ?? Target.Predicted, first)
            {
                StartsWithOutput = false,
                Counter = counter,
                ChunkSize = ChunkSize,
                CancellationToken = cancellationToken,
            };
            long[] shape = [count, .. perPixel.shape[1..]];
            most.AddRange(Curves(slice, Ranks(scores, first, count, descending: true, shape, input.device)));
            least.AddRange(Curves(slice, Ranks(scores, first, count, descending: false, shape, input.device)));
        }

        double[] shares = [.. Enumerable.Range(0, Steps + 1).Select(step => (double)step / Steps)];
        return new FlippingCurves(shares, [.. most], [.. least]);
    }

    /// <summary>Measures relevance drawn at random: what any method must beat.</summary>
    /// <param name="model">The model.</param>
    /// <param name="input">The inputs, samples along the first dimension.</param>
    /// <param name="target">The output to watch; the predicted class of each sample unless told.</param>
    /// <param name="progress">Told after every pass through the model.</param>
    /// <param name="cancellationToken">Asked before every pass through the model.</param>
    public FlippingCurves EvaluateRandom(
        nn.Module<Tensor, Tensor> model,
        Tensor input,
        Target? target = null,
        IProgress<AttributionProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(input);

        // All the same relevance: the seed decides the order.
        using Tensor none = zeros_like(input.detach());
        return Evaluate(model, input, none, target, progress, cancellationToken);
    }

    private Tensor PerPixel(Tensor relevance)
    {
        Tensor wide = relevance.detach().to(ScalarType.Float64);
        int? channels = ChannelDimension ?? (relevance.dim() == 4 ? 1 : null);
        if (channels is not { } dimension)
        {
            return wide;
        }

        if (dimension < 1 || dimension >= relevance.dim())
        {
            throw new ArgumentException($"Dimension {dimension} holds no channels in relevance of shape [{string.Join(", ", relevance.shape)}].");
        }

        return wide.sum(dimension, keepdim: true);
    }

    private static double[][] ToRows(Tensor perPixel)
    {
        double[] all = perPixel.contiguous().cpu().data<double>().ToArray();
        if (!all.All(double.IsFinite))
        {
            throw new ArgumentException("The relevance holds NaN or infinity: there is no order to take pixels away in.");
        }

        return [.. all.Chunk(all.Length / (int)perPixel.shape[0])];
    }

    /// <summary>The place of each pixel in the order in which pixels are taken away; a random order among equals.</summary>
    private Tensor Ranks(double[][] scores, long first, long count, bool descending, long[] shape, Device device)
    {
        int pixels = scores[0].Length;
        long[] ranks = new long[count * pixels];
        for (int sample = 0; sample < count; sample++)
        {
            double[] own = scores[first + sample];
            int[] order = [.. Enumerable.Range(0, pixels)];
            var random = new Random(unchecked((int)((Seed * 1_000_003L) + (2 * (first + sample)) + (descending ? 1 : 0))));
            random.Shuffle(order);
            int[] sorted = [.. descending ? order.OrderByDescending(pixel => own[pixel]) : order.OrderBy(pixel => own[pixel])];
            for (int place = 0; place < pixels; place++)
            {
                ranks[(sample * pixels) + sorted[place]] = place;
            }
        }

        return tensor(ranks, device: device).reshape(shape);
    }

    private double[][] Curves(AttributionSlice slice, Tensor ranks)
    {
        Tensor baseline = BaselineValue.For(Baseline, slice.Input);
        long pixels = ranks.NumberOfElements / slice.Samples;
        double[][] curves = [.. Enumerable.Range(0, (int)slice.Samples).Select(_ => new double[Steps + 1])];
        foreach (int[] steps in Enumerable.Range(0, Steps + 1).Chunk((int)Math.Min(slice.CopiesPerPass, int.MaxValue)))
        {
            using DisposeScope scope = NewDisposeScope();
            long[] limits = [.. steps.Select(step => (long)Math.Round((double)pixels * step / Steps))];
            long[] perCopy = [steps.Length, .. Enumerable.Repeat(1L, (int)ranks.dim())];
            Tensor masks = ranks.unsqueeze(0).lt(tensor(limits, device: ranks.device).reshape(perCopy));
            Tensor copies = where(masks, baseline.unsqueeze(0), slice.Input.unsqueeze(0)).flatten(0, 1);
            double[] outputs = slice.ExplainedOf(copies).to(ScalarType.Float64).cpu().data<double>().ToArray();
            for (int i = 0; i < outputs.Length; i++)
            {
                curves[i % slice.Samples][steps[i / (int)slice.Samples]] = outputs[i];
            }
        }

        return curves;
    }
}
