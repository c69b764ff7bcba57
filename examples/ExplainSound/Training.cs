using Programs;
using TorchSharp;
using static TorchSharp.torch;

namespace ExplainSound;

/// <summary>Teaches the small network to name the pitch of tones.</summary>
internal static class Training
{
    private const int Steps = 200;
    private const int Batch = 32;
    private const int Pitches = 24;

    public static void Run(PitchNetwork network)
    {
        network.Layers.train();
        using (var optimizer = optim.Adam(network.Layers.parameters(), lr: 3e-3))
        {
            foreach (var _ in ProgressBar.Over("learning 24 pitches", Enumerable.Range(0, Steps)))
            {
                using var scope = NewDisposeScope();
                var (sounds, pitches) = Draw(network);
                optimizer.zero_grad();
                nn.functional.cross_entropy(network.Layers.call(sounds), pitches).backward();
                optimizer.step();
            }
        }

        network.Layers.eval();
    }

    /// <summary>The part of new tones whose pitch the network names.</summary>
    public static double Accuracy(PitchNetwork network)
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var (sounds, pitches) = Draw(network);
        return network.Layers.call(sounds).argmax(1).eq(pitches).to(ScalarType.Float64).mean().item<double>();
    }

    private static (Tensor Sounds, Tensor Pitches) Draw(PitchNetwork network)
    {
        var pitches = randint(0, Pitches, Batch);
        var sounds = pitches
            .data<long>()
            .Select(pitch => Tone.Of(network.Frequency(pitch), rand(6, dtype: ScalarType.Float64), noise: 0.2));
        return (cat([.. sounds]), pitches);
    }
}
