using Lrp.Rules.Modules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ExplainSound;

/// <summary>
/// Sounds as sums of sines: an inverse Fourier transform in front of a network makes frequencies its input, so that
/// relevance is read at frequencies too (Vielhaben et al. 2023, DFT-LRP).
/// </summary>
internal static class Spectrum
{
    /// <summary>The number of hertz between two frequencies.</summary>
    public const double Step = Tone.Rate / PitchNetwork.Samples;

    private const int Size = PitchNetwork.Samples;

    /// <summary>The network behind a dense layer that turns 1024 amplitudes into 1024 samples.</summary>
    public static Sequential Before(Sequential layers)
    {
        using var waves = Waves();
        var synthesis = nn.Linear(Size, Size, hasBias: false, dtype: ScalarType.Float64);
        using (no_grad())
        {
            synthesis.weight.copy_(waves);
        }

        return nn.Sequential(("synthesis", synthesis), ("shape", new Reshape(1, 1, Size, 1)), ("network", layers));
    }

    /// <summary>The amplitudes of a sound's cosines and sines.</summary>
    /// <returns>1 × 1024.</returns>
    public static Tensor Of(Tensor sound)
    {
        using var waves = Waves();
        return sound.reshape(1, Size).mm(waves);
    }

    /// <summary>What cosine and sine of one frequency have together.</summary>
    /// <param name="amplitudes">1 × 1024.</param>
    /// <returns>513 numbers, from 0 Hz to 8000 Hz.</returns>
    public static double[] ByFrequency(Tensor amplitudes)
    {
        var cosines = amplitudes[0, ..(Size / 2 + 1)].clone();
        cosines[1..(Size / 2)] += amplitudes[0, (Size / 2 + 1)..];
        return cosines.data<double>().ToArray();
    }

    /// <summary>An orthonormal basis: a column for each of 513 cosines, then for each of 511 sines.</summary>
    private static Tensor Waves()
    {
        using var scope = NewDisposeScope();
        var time = arange(Size, dtype: ScalarType.Float64).unsqueeze(1);
        var cosines = (time * arange(Size / 2 + 1, dtype: ScalarType.Float64) * (2 * Math.PI / Size)).cos();
        var sines = (time * arange(1, Size / 2, dtype: ScalarType.Float64) * (2 * Math.PI / Size)).sin();
        var waves = cat([cosines, sines], 1);
        return (waves / waves.norm(0, keepdim: true)).MoveToOuterDisposeScope();
    }
}
