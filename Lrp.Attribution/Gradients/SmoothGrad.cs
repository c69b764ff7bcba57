using static TorchSharp.torch;

namespace Lrp.Attribution.Gradients;

/// <summary>
/// The mean gradient over noisy copies of the input, 1/K·Σ_k ∂f/∂x(x + ε_k) with ε_k normal (Smilkov et al. 2017).
/// </summary>
public sealed class SmoothGrad : GradientAttributor
{
    /// <summary>Creates SmoothGrad.</summary>
    public SmoothGrad()
        : base("SmoothGrad") { }

    /// <summary>The number K of noisy copies to average.</summary>
    public int Copies { get; init; } = 25;

    /// <summary>The noise's standard deviation as a fraction of the range of each sample, max x − min x.</summary>
    public double NoiseLevel { get; init; } = 0.1;

    /// <summary>The seed of the noise: the same seed gives the same relevance.</summary>
    public ulong Seed { get; init; }

    /// <inheritdoc/>
    protected override long PassesPerSample(Tensor input) => Copies;

    /// <inheritdoc/>
    protected override void CheckOptions(Tensor input)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Copies);
        ArgumentOutOfRangeException.ThrowIfNegative(NoiseLevel);
    }

    /// <inheritdoc/>
    protected override Tensor Explain(AttributionSlice slice)
    {
        using var generator = new Generator(Seed, slice.Input.device);
        var flat = slice.Input.flatten(1);
        long[] perSample = [slice.Samples, .. Enumerable.Repeat(1L, (int)slice.Input.dim() - 1)];
        var deviation = (flat.amax([1], false) - flat.amin([1], false)).mul(NoiseLevel).reshape(perSample);
        var sum = zeros_like(slice.Input);
        for (long done = 0; done < Copies; done += slice.CopiesPerPass)
        {
            using var scope = NewDisposeScope();
            var copies = Math.Min(slice.CopiesPerPass, Copies - done);
            long[] shape = [copies, .. slice.Input.shape];
            var noise = randn(shape, dtype: slice.Input.dtype, device: slice.Input.device, generator: generator);
            var noisy = (slice.Input.unsqueeze(0) + (noise * deviation.unsqueeze(0))).flatten(0, 1);
            sum.add_(slice.GradientAt(noisy).reshape(shape).sum(0L));
        }

        return sum.div_(Copies);
    }
}
