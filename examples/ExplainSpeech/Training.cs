using Programs;
using static TorchSharp.torch;

namespace ExplainSpeech;

/// <summary>Teaches a network which chunks of made sounds are vowels.</summary>
internal static class Training
{
    private const int Steps = 80;
    private const int Batch = 16;
    private const int Parts = 3;
    private const int ChunksOfPart = 6;
    private const int Kinds = 3;

    /// <summary>Trains it.</summary>
    /// <param name="network">The network.</param>
    public static void Run(SpeechNetwork network)
    {
        var random = new Random(1);
        using var optimizer = optim.Adam(network.parameters().Where(weight => weight.requires_grad), lr: 0.005);
        network.train();
        foreach (var _ in ProgressBar.Over("learning vowels", Enumerable.Range(0, Steps)))
        {
            using var scope = NewDisposeScope();
            var (sounds, isSpeech) = Samples(random);
            var loss = nn.functional.binary_cross_entropy_with_logits(network.call(sounds), isSpeech);
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
        }
    }

    /// <summary>Sounds of three parts each, vowels, noise or silence in any order.</summary>
    private static (Tensor Sounds, Tensor IsSpeech) Samples(Random random)
    {
        var sounds = new List<float>();
        var isSpeech = new List<float>();
        for (var i = 0; i < Batch; i++)
        {
            var sound = new double[SpeechNetwork.Context];
            for (var part = 0; part < Parts; part++)
            {
                var kind = random.Next(Kinds);
                sound = [.. sound, .. Part(random, kind)];
                isSpeech.AddRange(Enumerable.Repeat(kind == 0 ? 1f : 0f, ChunksOfPart));
            }

            var noise = MadeSound.Noise(random, sound.Length, 1e-4);
            sounds.AddRange(sound.Zip(noise, (sample, faint) => (float)(sample + faint)));
        }

        return (tensor(sounds.ToArray()).reshape(Batch, -1), tensor(isSpeech.ToArray()).reshape(Batch, -1));
    }

    private static double[] Part(Random random, int kind)
    {
        const int Count = ChunksOfPart * SpeechNetwork.Chunk;
        var loudness = Math.Pow(10, -2 + (1.2 * random.NextDouble()));
        return kind switch
        {
            0 => MadeSound.Syllable(random, Count, 90 + (160 * random.NextDouble()), random.Next(5), loudness),
            1 => MadeSound.Noise(random, Count, loudness),
            _ => new double[Count],
        };
    }
}
