using static TorchSharp.torch;

namespace ExplainSound;

/// <summary>Sounds made of a fundamental and its overtones, 1024 samples at 16 kHz.</summary>
internal static class Tone
{
    /// <summary>The number of samples in a second.</summary>
    public const double Rate = 16000;

    /// <summary>A tone.</summary>
    /// <param name="frequency">The frequency of the fundamental, in hertz.</param>
    /// <param name="strengths">The amplitudes of the fundamental and of the overtones.</param>
    /// <param name="noise">The deviation of the noise over it.</param>
    /// <returns>1 × 1 × 1024 × 1, with mean 0 and deviation 1, as CREPE wants it.</returns>
    public static Tensor Of(double frequency, Tensor strengths, double noise = 0)
    {
        var time = arange(PitchNetwork.Samples, dtype: ScalarType.Float64).div(Rate);
        var numbers = arange(1, strengths.shape[0] + 1, dtype: ScalarType.Float64).unsqueeze(1);
        var phases = rand_like(strengths).mul(2 * Math.PI).unsqueeze(1);
        var waves = (numbers * time * (2 * Math.PI * frequency) + phases).sin() * strengths.unsqueeze(1);
        var sound = waves.sum([0L]) + randn_like(time).mul(noise);
        return ((sound - sound.mean()) / sound.std()).reshape(1, 1, PitchNetwork.Samples, 1);
    }
}
