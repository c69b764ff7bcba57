using static TorchSharp.torch;

namespace Lrp.Attribution.Gradients;

/// <summary>
/// The mean gradient over noisy copies of the input, 1/K·Σ_k ∂f/∂x(x + ε_k) with ε_k normal (Smilkov et al. 2017).
/// </summary>
/// <remarks>Each input gets noise of its own scale; token ids get it at the output of their embedding.</remarks>
public sealed class SmoothGrad : GradientAttributor
{
    /// <summary>Creates SmoothGrad.</summary>
    public SmoothGrad()
        : base("SmoothGrad") { }

    /// <summary>The number K of noisy copies to average.</summary>
    public int Copies { get; init; } = 25;

    /// <summary>
    /// The noise's standard deviation as a fraction of the range of each sample of an input, max x − min x.
    /// </summary>
    public double NoiseLevel { get; init; } = 0.1;

    /// <summary>The seed of the noise: the same seed gives the same relevance.</summary>
    public ulong Seed { get; init; }

    /// <inheritdoc/>
    protected override long PassesPerSample(AttributionSlice slice) => Copies;

    /// <inheritdoc/>
    protected override void CheckOptions(AttributionSlice slice)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Copies);
        ArgumentOutOfRangeException.ThrowIfNegative(NoiseLevel);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<Tensor> Explain(AttributionSlice slice)
    {
        using var generator = new Generator(Seed, slice.Inputs[0].device);
        Tensor[] deviations = [.. slice.Inputs.Select(Deviation)];
        Tensor[] sums = [.. slice.Inputs.Select(input => zeros_like(input))];
        for (long done = 0; done < Copies; done += slice.CopiesPerPass)
        {
            using var scope = NewDisposeScope();
            var copies = Math.Min(slice.CopiesPerPass, Copies - done);
            var noisy = slice.Inputs.Select((input, j) => Noisy(input, deviations[j], copies, generator)).ToList();
            var gradients = slice.GradientsAt(noisy);
            for (var j = 0; j < sums.Length; j++)
            {
                sums[j].add_(gradients[j].reshape([copies, .. sums[j].shape]).sum(0L));
            }
        }

        return [.. sums.Select(sum => sum.div_(Copies))];
    }

    private Tensor Deviation(Tensor input)
    {
        var flat = input.flatten(1);
        long[] perSample = [input.shape[0], .. Enumerable.Repeat(1L, (int)input.dim() - 1)];
        return (flat.amax([1], false) - flat.amin([1], false)).mul(NoiseLevel).reshape(perSample);
    }

    private static Tensor Noisy(Tensor input, Tensor deviation, long copies, Generator generator)
    {
        long[] shape = [copies, .. input.shape];
        var noise = randn(shape, dtype: input.dtype, device: input.device, generator: generator);
        return (input.unsqueeze(0) + (noise * deviation.unsqueeze(0))).flatten(0, 1);
    }
}
