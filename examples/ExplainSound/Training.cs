using Programs;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ExplainSound;

/// <summary>Teaches a network the pitch of tones whose overtones are random.</summary>
internal static class Training
{
    private const int Steps = 200;
    private const int Batch = 64;
    private const int Overtones = 6;

    /// <summary>Trains it.</summary>
    /// <param name="layers">The network.</param>
    /// <param name="pitches">The number of its outputs.</param>
    /// <param name="frequency">The frequency that an output stands for, in hertz.</param>
    public static void Run(Sequential layers, int pitches, Func<long, double> frequency)
    {
        using var all = tensor([.. Enumerable.Range(0, pitches).Select(k => frequency(k))], dtype: ScalarType.Float64);
        using var optimizer = optim.Adam(layers.parameters(), lr: 0.003);
        layers.train();
        foreach (var _ in ProgressBar.Over("learning pitches", Enumerable.Range(0, Steps)))
        {
            using var scope = NewDisposeScope();
            var pitch = randint(0, pitches, [Batch], dtype: ScalarType.Int64);
            var strengths = rand(Batch, Overtones, dtype: ScalarType.Float64);
            var sounds = Tone.Of(all.index_select(0, pitch), strengths, noise: 0.05).to(ScalarType.Float32);
            var loss = nn.functional.cross_entropy(layers.call(sounds), pitch);
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
        }
    }
}
