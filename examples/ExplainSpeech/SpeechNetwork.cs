using Lrp.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace ExplainSpeech;

/// <summary>
/// A network that hears for each chunk of a sound whether somebody speaks: Silero VAD for 16 kHz, or a smaller one like
/// it. A chunk, with the samples before it, goes through a Fourier transform and four convolutions; an LSTM then goes
/// from chunk to chunk.
/// </summary>
public sealed class SpeechNetwork : nn.Module<Tensor, Tensor>
{
    /// <summary>The number of samples in a second.</summary>
    public const int Rate = 16000;

    /// <summary>The number of samples in a chunk.</summary>
    public const int Chunk = 512;

    /// <summary>The number of samples before a chunk that the network hears with it.</summary>
    public const int Context = 64;

    /// <summary>The number of spectra for each chunk.</summary>
    public const int Frames = 4;

    /// <summary>The number of frequencies in a spectrum, from 0 Hz to 8000 Hz.</summary>
    public const int Frequencies = (Window / 2) + 1;

    /// <summary>The number of hertz between two frequencies.</summary>
    public const double Step = (double)Rate / Window;

    private const int Window = 256;

    [ComponentName(Name = "padding")]
    private readonly ReflectionPad1d _padding = nn.ReflectionPad1d((0, 64));

    [ComponentName(Name = "stft_conv")]
    private readonly Conv1d _stft = nn.Conv1d(1, 2 * Frequencies, Window, stride: Window / 2, bias: false);

    [ComponentName(Name = "magnitude")]
    private readonly Magnitude _magnitude = new();

    [ComponentName(Name = "encoder")]
    private readonly Sequential _encoder;

    [ComponentName(Name = "lstm")]
    private readonly LSTM _lstm;

    [ComponentName(Name = "relu")]
    private readonly ReLU _relu = nn.ReLU();

    [ComponentName(Name = "final_conv")]
    private readonly Conv1d _final;

    private SpeechNetwork(long[] channels)
        : base(nameof(SpeechNetwork))
    {
        _encoder = nn.Sequential(
            ("conv1", nn.Conv1d(Frequencies, channels[0], 3, padding: 1)),
            ("relu1", nn.ReLU()),
            ("conv2", nn.Conv1d(channels[0], channels[1], 3, stride: 2, padding: 1)),
            ("relu2", nn.ReLU()),
            ("conv3", nn.Conv1d(channels[1], channels[2], 3, stride: 2, padding: 1)),
            ("relu3", nn.ReLU()),
            ("conv4", nn.Conv1d(channels[2], channels[3], 3, padding: 1)),
            ("relu4", nn.ReLU())
        );
        _lstm = nn.LSTM(channels[3], channels[3]);
        _final = nn.Conv1d(channels[3], 1, 1);
        RegisterComponents();
    }

    /// <summary>Silero VAD with the weights of its Python package, in float64.</summary>
    /// <param name="folder">The folder with silero_vad_16k.safetensors.</param>
    /// <exception cref="FileNotFoundException">The file is not there.</exception>
    public static SpeechNetwork Silero(string folder)
    {
        var path = Path.Combine(folder, "silero_vad_16k.safetensors");
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(
                $"There is no file '{path}'; FOLDER must have silero_vad_16k.safetensors, the weights of Silero VAD."
            );
        }

        // The file has a single step of the LSTM.
        var network = new SpeechNetwork([128, 64, 64, 128]);
        network.to(ScalarType.Float64);
        network.LoadCheckpoint(
            path,
            rename: name =>
                name.StartsWith("conv", StringComparison.Ordinal) ? $"encoder.{name}"
                : name.StartsWith("lstm_cell.", StringComparison.Ordinal) ? $"lstm.{name["lstm_cell.".Length..]}_l0"
                : name
        );
        network.eval();
        return network;
    }

    /// <summary>A smaller network that learns to tell made vowels from noise in seconds, in float64.</summary>
    public static SpeechNetwork Trained()
    {
        var network = new SpeechNetwork([16, 16, 16, 16]);
        using (no_grad())
        {
            using var waves = FourierTransform();
            network._stft.weight.copy_(waves);
        }

        network._stft.weight.requires_grad_(false);
        Training.Run(network);
        network.to(ScalarType.Float64);
        network.eval();
        return network;
    }

    /// <summary>The logit of speech in each chunk.</summary>
    /// <param name="input">N × (64 + 512 · chunks); the first 64 samples are only heard with the first chunk.</param>
    /// <returns>N × chunks.</returns>
    public override Tensor forward(Tensor input)
    {
        var heard = _encoder.call(Spectra(input));
        var steps = heard.reshape(input.shape[0], -1, heard.shape[1]).transpose(0, 1);
        var (states, _, _) = _lstm.call(steps);
        return _final.call(_relu.call(states).permute(1, 2, 0)).squeeze(1);
    }

    /// <summary>The spectra of the chunks.</summary>
    /// <param name="input">N × (64 + 512 · chunks).</param>
    /// <returns>N · chunks × 129 frequencies × 4.</returns>
    public Tensor Spectra(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var chunks = input.unfold(1, Context + Chunk, Chunk).reshape(-1, 1, Context + Chunk);
        return _magnitude.call(_stft.call(_padding.call(chunks)));
    }

    /// <summary>Cosines and sines of 129 frequencies under a Hann window, 258 × 1 × 256.</summary>
    private static Tensor FourierTransform()
    {
        using var scope = NewDisposeScope();
        var phase = arange(Frequencies).unsqueeze(1) * arange(Window) * (2 * Math.PI / Window);
        return (cat([phase.cos(), phase.sin()]) * hann_window(Window)).unsqueeze(1).MoveToOuterDisposeScope();
    }
}
