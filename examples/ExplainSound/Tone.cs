using static TorchSharp.torch;

namespace ExplainSound;

/// <summary>Sounds made of a fundamental and its overtones, 1024 samples at 16 kHz each.</summary>
internal static class Tone
{
    /// <summary>The number of samples in a second.</summary>
    public const double Rate = 16000;

    /// <summary>Tones.</summary>
    /// <param name="frequencies">The frequency of each tone's fundamental, in hertz, N.</param>
    /// <param name="strengths">The amplitudes of fundamental and overtones, N × H, or 1 × H for all.</param>
    /// <param name="noise">The deviation of the noise over them.</param>
    /// <returns>N × 1 × 1024 × 1, each with mean 0 and deviation 1, as CREPE wants it.</returns>
    public static Tensor Of(Tensor frequencies, Tensor strengths, double noise = 0)
    {
        using var scope = NewDisposeScope();
        var time = arange(PitchNetwork.Samples, dtype: ScalarType.Float64).div(Rate);
        var numbers = arange(1, strengths.shape[1] + 1, dtype: ScalarType.Float64);
        var hertz = (frequencies.unsqueeze(1) * numbers).unsqueeze(2);
        var waves = ((hertz * time * (2 * Math.PI)) + (rand_like(hertz) * (2 * Math.PI))).sin();
        var sounds = (waves * strengths.unsqueeze(2)).sum(1);
        sounds += randn_like(sounds).mul(noise);
        sounds = (sounds - sounds.mean([1L], keepdim: true)) / sounds.std([1L], keepdim: true);
        return sounds.reshape(-1, 1, PitchNetwork.Samples, 1).MoveToOuterDisposeScope();
    }
}
