// Shows in which chunks of a sound a network hears speech, and for the chunk of which it is surest, which frequencies
// and which samples are the evidence: Silero VAD from a folder, or, without one, a small network of the same kind.
using System.CommandLine;
using ExplainSpeech;
using Lrp.Composites;
using Lrp.Pictures;
using Programs;
using static TorchSharp.torch;

const double Threshold = 0.5;
const double ChunkSeconds = (double)SpeechNetwork.Chunk / SpeechNetwork.Rate;

var silero = CommandLine.OptionalFolder(
    "The folder with silero_vad_16k.safetensors, Silero VAD's weights in its Python package; without it a small "
        + "network is trained in seconds"
);
Option<string?> file = new("--sound")
{
    Description = "A WAV file with 16000 samples a second, one channel, 16 bits; without it a sound is made",
};
var output = CommandLine.OutputFolder("out");
var given = CommandLine.Read(
    new RootCommand(
        "Shows where in a sound a network hears speech, and which frequencies and samples are the evidence."
    )
    {
        silero,
        file,
        output,
    },
    args
);
var folder = CommandLine.Writable(given.GetRequiredValue(output));
var samples = given.GetValue(file) is { } path ? Recording.Load(path) : MadeSound.Scene();
manual_seed(1);
using var scope = NewDisposeScope();
using var network = given.GetValue(silero) is { } weights ? SpeechNetwork.Silero(weights) : SpeechNetwork.Trained();

// The network hears a little silence before the first chunk, as in Silero's own program, and behind the last.
var chunks = (samples.Length + SpeechNetwork.Chunk - 1) / SpeechNetwork.Chunk;
var sound = zeros(1, SpeechNetwork.Context + (chunks * SpeechNetwork.Chunk), dtype: ScalarType.Float64);
sound[0, SpeechNetwork.Context..(SpeechNetwork.Context + samples.Length)] = tensor(samples);

// Sums of waves can be positive and negative, so that all linear layers in front of a root and behind the LSTM have
// Epsilon; the convolutions between them are given amplitudes, which are positive.
var composite = new Composite
{
    { "stft_conv", LrpRule.Epsilon(1e-9) },
    { typeof(Magnitude), LrpRule.Epsilon(1e-12) },
    { "final_conv", LrpRule.Epsilon(1e-6) },
    Presets.EpsilonPlus(),
};
using var registration = composite.Register(network);
using var atSpectra = registration.Record("magnitude");
var input = sound.clone().requires_grad_();
var logits = network.call(input)[0];
var surest = (int)logits.argmax().item<long>();
logits[surest].backward();
registration.ThrowIfFaulted();

var probabilities = logits.sigmoid().data<double>().ToArray();
var relevance = input.grad!;
var table = new MarkdownTable().Texts("from", "to", "heard").Numbers("mean probability of speech");
foreach (var (from, to) in Stretches())
{
    table.Add(
        $"{from * ChunkSeconds:F2} s",
        $"{to * ChunkSeconds:F2} s",
        probabilities[from] >= Threshold ? "speech" : "no speech",
        $"{probabilities[from..to].Average():F3}"
    );
}

Console.WriteLine(table);
Console.WriteLine(
    $"The network is surest at {surest * ChunkSeconds:F2} s: logit {logits[surest].item<double>():F2}, relevance of "
        + $"all samples {relevance.sum().item<double>():F2}; biases take the difference."
);

var view = new SoundView(network.Spectra(sound), atSpectra.Relevance!, surest);
var start = surest * SpeechNetwork.Chunk;
const int Heard = SpeechNetwork.Context + SpeechNetwork.Chunk;
var wave = Waveform.Draw(
    [.. sound[0, start..(start + Heard)].data<double>()],
    [.. relevance[0, start..(start + Heard)].data<double>()],
    Heard
);
(string Name, Picture Picture)[] rows =
[
    ("probability", view.Bars(probabilities)),
    ("sound", view.Spectrogram()),
    ("relevance", view.Relevance()),
    ("one chunk", wave),
];
PictureGrid
    .Arrange(
        [.. rows.Select(row => row.Picture)],
        columns: 1,
        gap: 8,
        labels: new GridLabels { Rows = [.. rows.Select(row => row.Name)] }
    )
    .Save(Path.Combine(folder, "explain-speech.png"));

var report = new HtmlReport("Where does the network hear speech?")
{
    Introduction =
        $"The network gives each chunk of {1000 * ChunkSeconds:F0} milliseconds a probability of speech. What is "
        + $"explained is the chunk at {surest * ChunkSeconds:F2} s. In the pictures, time goes from left to right and "
        + "frequency from 0 Hz at the bottom to 8000 Hz; red is evidence for speech, blue is evidence against it.",
};
string[] captions =
[
    "The probability of speech in each chunk; the one that is explained is red.",
    "The amplitudes of the frequencies, in decibels.",
    "Their relevance for the explained chunk, which looks back at the chunks before it.",
    "The samples of the explained chunk, over their relevance.",
];
foreach (var (row, caption) in rows.Zip(captions))
{
    report.Figures.Add(new ReportFigure(row.Picture, caption));
}

report.Charts.Add(
    new ReportChart(
        "Probability of speech",
        "seconds",
        "probability",
        [("speech", [.. probabilities.Select((value, k) => (k * ChunkSeconds, value))])]
    )
);
report.Charts.Add(
    FrequencyChart.Of(
        $"The chunk at {surest * ChunkSeconds:F2} s",
        SpeechNetwork.Step,
        view.RelevanceByFrequency(),
        view.EnergyByFrequency(),
        SpeechNetwork.Frequencies
    )
);
report.Save(Path.Combine(folder, "explain-speech.html"));
Console.WriteLine($"explain-speech.png and explain-speech.html are in {folder}.");

// Chunks in a row, all of them with speech or all of them without.
IEnumerable<(int From, int To)> Stretches()
{
    for (var (from, to) = (0, 1); from < chunks; to++)
    {
        if (to == chunks || (probabilities[to] >= Threshold) != (probabilities[from] >= Threshold))
        {
            yield return (from, to);
            from = to;
        }
    }
}
