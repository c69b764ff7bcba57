using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Composites.Attributors;

/// <summary>The mean gradient over noisy copies of the input, 1/K·Σ_k ∂f/∂x(x + ε_k) with ε_k normal (Smilkov et al. 2017).</summary>
public sealed class SmoothGrad : GradientAttributor
{
    /// <summary>SmoothGrad.</summary>
    public SmoothGrad()
        : base("SmoothGrad")
    {
    }

    /// <summary>How many noisy copies K are averaged.</summary>
    public int Copies { get; init; } = 25;

    /// <summary>The noise's standard deviation as a share of the range of each sample, max x − min x.</summary>
    public double NoiseLevel { get; init; } = 0.1;

    /// <summary>The seed of the noise: the same seed gives the same relevance.</summary>
    public ulong Seed { get; init; }

    internal override long PassesPerSample(Tensor input) => Copies;

    internal override void CheckOptions(Tensor input)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Copies);
        ArgumentOutOfRangeException.ThrowIfNegative(NoiseLevel);
    }

    internal override Tensor Explain(AttributionSlice slice)
    {
        using var generator = new Generator(Seed, slice.Input.device);
        Tensor flat = slice.Input.flatten(1);
        long[] perSample = [slice.Samples, .. Enumerable.Repeat(1L, (int)slice.Input.dim() - 1)];
        Tensor deviation = (flat.amax([1], false) - flat.amin([1], false)).mul(NoiseLevel).reshape(perSample);
        Tensor sum = zeros_like(slice.Input);
        for (long done = 0; done < Copies; done += slice.CopiesPerPass)
        {
            using DisposeScope scope = NewDisposeScope();
            long copies = Math.Min(slice.CopiesPerPass, Copies - done);
            long[] shape = [copies, .. slice.Input.shape];
            Tensor noise = randn(shape, dtype: slice.Input.dtype, device: slice.Input.device, generator: generator);
            Tensor noisy = (slice.Input.unsqueeze(0) + (noise * deviation.unsqueeze(0))).flatten(0, 1);
            sum.add_(slice.GradientAt(noisy).reshape(shape).sum(0L));
        }

        return sum.div_(Copies);
    }
}
