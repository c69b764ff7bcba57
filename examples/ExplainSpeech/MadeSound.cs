namespace ExplainSpeech;

/// <summary>Sounds that are computed: vowels, noise and silence, at 16 kHz.</summary>
internal static class MadeSound
{
    /// <summary>The first three resonances of the vowels a, e, i, o and u, in hertz.</summary>
    private static readonly double[][] Vowels =
    [
        [730, 1090, 2440],
        [530, 1840, 2480],
        [270, 2290, 3010],
        [570, 840, 2410],
        [300, 870, 2240],
    ];

    private static readonly double[] Bandwidths = [80, 100, 150];

    /// <summary>Half a second of silence, three syllables, and half a second of noise.</summary>
    public static double[] Scene()
    {
        var random = new Random(1);
        const int Half = SpeechNetwork.Rate / 2;
        double[] syllables = [.. new[] { 0, 2, 4 }.SelectMany(vowel => Syllable(random, Half / 2, 140, vowel, 0.1))];
        double[] sound = [.. new double[Half], .. syllables, .. Noise(random, Half, 0.1)];
        return [.. sound.Zip(Noise(random, sound.Length, 1e-4), (sample, faint) => sample + faint)];
    }

    /// <summary>A vowel that rises and fades, and whose pitch falls.</summary>
    /// <param name="random">The source of the small differences between two pulses.</param>
    /// <param name="count">The number of samples.</param>
    /// <param name="pitch">The number of pulses of the vocal folds in a second, in the middle.</param>
    /// <param name="vowel">The number of the vowel, 0 to 4.</param>
    /// <param name="loudness">The root of the mean square.</param>
    public static double[] Syllable(Random random, int count, double pitch, int vowel, double loudness)
    {
        var sound = new double[count];
        for (var (i, phase) = (0, random.NextDouble()); i < count; i++)
        {
            var place = (double)i / count;
            phase += pitch * (1.15 - (0.3 * place)) / SpeechNetwork.Rate;
            if (phase >= 1)
            {
                phase -= 1 + (0.02 * (random.NextDouble() - 0.5));
                sound[i] = Math.Sin(Math.PI * place);
            }
        }

        for (var k = 0; k < Bandwidths.Length; k++)
        {
            Resonate(sound, Vowels[vowel][k] * (0.9 + (0.2 * random.NextDouble())), Bandwidths[k]);
        }

        return Scaled(sound, loudness);
    }

    /// <summary>Noise, with more or less of its high frequencies.</summary>
    /// <param name="random">The source of the noise.</param>
    /// <param name="count">The number of samples.</param>
    /// <param name="loudness">The root of the mean square.</param>
    public static double[] Noise(Random random, int count, double loudness)
    {
        var sound = new double[count];
        var (smoothness, before) = (0.9 * random.NextDouble(), 0.0);
        for (var i = 0; i < count; i++)
        {
            before = (smoothness * before) + (2 * random.NextDouble()) - 1;
            sound[i] = before;
        }

        return Scaled(sound, loudness);
    }

    /// <summary>Lets a frequency resound, in place: a filter with two poles.</summary>
    private static void Resonate(double[] sound, double frequency, double bandwidth)
    {
        var radius = Math.Exp(-Math.PI * bandwidth / SpeechNetwork.Rate);
        var turn = 2 * radius * Math.Cos(2 * Math.PI * frequency / SpeechNetwork.Rate);
        var (last, beforeLast) = (0.0, 0.0);
        for (var i = 0; i < sound.Length; i++)
        {
            (last, beforeLast) = (sound[i] + (turn * last) - (radius * radius * beforeLast), last);
            sound[i] = last;
        }
    }

    private static double[] Scaled(double[] sound, double loudness)
    {
        var present = Math.Sqrt(sound.Average(sample => sample * sample));
        return present > 0 ? [.. sound.Select(sample => sample * loudness / present)] : sound;
    }
}
