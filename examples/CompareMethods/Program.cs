// Twelve methods side by side on the same digits, with numbers to choose by, as a table and as a page.
using System.Diagnostics;
using CompareMethods;
using Digits;
using Lrp.Composites;
using Lrp.Composites.Attributors;
using Lrp.Composites.Evaluation;
using Lrp.Core;
using Lrp.Pictures;
using Programs;
using TorchSharp;
using static TorchSharp.torch;

const int Shown = 10;
const int Measured = 50;

string folder = CommandLine.Start(args, "Twelve methods side by side on the same digits, with numbers to choose by, as a table and as a page.");
using DigitsNetwork model = DigitsNetwork.Pretrained();
using TestDigits digits = TestDigits.Load();
using Tensor shown = digits.OneOfEach(1);
using Tensor measured = digits.Images.index_select(0, arange(0, 2 * Measured, 2));

var report = new HtmlReport("Which pixels made it this digit?")
{
    Introduction =
        "Ten digits of the MNIST test set and what twelve methods say about the class that a small convolutional network sees in them. "
        + "Red speaks for that class, blue against it, white has no say; each heatmap has its own scale.\n\n"
        + "Relevance found is the sum of a heatmap over the logit that it explains: methods that share the logit out among the pixels reach 100 %, up to "
        + "what biases keep; a dash stands for methods that ask about sensitivity and share nothing out. "
        + $"Faithfulness is measured on {Measured} digits by taking pixels away: the area between the logit's curve with the least relevant pixels "
        + "taken first and the curve with the most relevant first. More is better; relevance drawn at random scores about zero.",
};
AddInputs();

var flipping = new PixelFlipping { Steps = 28, ChunkSize = 200 };
var table = new MarkdownTable()
    .Texts("method")
    .Numbers("relevance found", "faithfulness", "±", "completeness error", "ms a digit");
var heatmaps = new HeatmapOptions { PixelSize = 3, ClipPercentile = 99.5 };
var removed = new List<(string Name, IReadOnlyList<(double X, double Y)> Points)>();
var gallery = report.Inputs.Select(input => input.Picture).ToList();
FlippingCurves random = flipping.EvaluateRandom(model, measured);

foreach ((IAttributor method, string description, bool shares) in ProgressBar.Over("methods", Methods.All))
{
    using DisposeScope scope = NewDisposeScope();
    using (method.Attribute(model, measured[..2]))
    {
        // Once unmeasured: what is compiled on first use is no property of the method.
    }

    var watch = Stopwatch.StartNew();
    Attribution attribution = method.Attribute(model, measured);
    TimeSpan time = watch.Elapsed / Measured;
    FlippingCurves curves = flipping.Evaluate(model, measured, attribution.Relevance);
    Attribution pictures = method.Attribute(model, shown);

    string completeness = attribution.CompletenessErrors is { } errors ? $"{errors.Max(Math.Abs):G2}" : "-";
    table.Add(method.Name, shares ? $"{attribution.Conservation:P1}" : "-", $"{curves.Score:F2}", $"{curves.StandardError:F2}", completeness, $"{time.TotalMilliseconds:F1}");
    removed.Add((method.Name, Points(curves)));
    IReadOnlyList<Picture> drawn = Heatmap.RenderBatch(pictures.Relevance, heatmaps);
    gallery.AddRange(drawn);
    report.Methods.Add(new ReportMethod(method.Name, drawn)
    {
        Description = description,
        Captions = shares ? [.. pictures.Sums.Select(sum => $"Σ {sum:F2}")] : [],
        Conservation = shares ? attribution.Conservation : null,
        Scores = [("faithfulness", curves.Score)],
        TimePerInput = time,
    });
}

table.Add("random", "-", $"{random.Score:F2}", $"{random.StandardError:F2}", "-", "-");
removed.Add(("random", Points(random)));
report.Charts.Add(new ReportChart("Pixel flipping, most relevant first", "share of the pixels taken away", "logit, mean", removed)
{
    Note = $"The logit of the explained class while pixels turn to paper, the most relevant first, mean over {Measured} digits. The sooner a curve falls, the better the method knew what the network needed.",
});
AddConservation();
Console.WriteLine(table);
Console.WriteLine();

string page = Path.Combine(folder, "compare-methods.html");
report.Save(page);
PictureGrid.Arrange(gallery, columns: Shown, gap: 4, background: Rgb.Hex(0xd0d0d0)).Save(Path.Combine(folder, "compare-methods.png"));
Console.WriteLine($"The report is {page}; compare-methods.png has the digits and a row of heatmaps a method, in the table's order.");

void AddInputs()
{
    using DisposeScope scope = NewDisposeScope();
    using IDisposable noGradients = no_grad();
    Tensor probabilities = nn.functional.softmax(model.call(shown), 1);
    for (int i = 0; i < Shown; i++)
    {
        float[] row = probabilities[i].data<float>().ToArray();
        report.Inputs.Add(new ReportInput(InputPicture.Render(shown[i], pixelSize: 3), $"a {i}")
        {
            Predictions = [.. row.Select((probability, digit) => (DigitsNetwork.Labels[digit], (double)probability)).OrderByDescending(pair => pair.Item2).Take(3)],
        });
    }
}

// Where the relevance of one composite goes, layer by layer.
void AddConservation()
{
    using DisposeScope scope = NewDisposeScope();
    using Registration registration = Presets.EpsilonPlusFlat().Register(model);
    Tensor x = shown.detach().clone().requires_grad_();
    model.call(x).max(1).values.sum().backward();
    ConservationReport conservation = registration.Conservation();
    report.Tables.Add(new ReportTable(
        "Conservation of LRP EpsilonPlusFlat",
        ["layer", "type", "rule", "relevance out", "relevance in", "lost"],
        [.. conservation.Layers.Reverse().Select(layer => (IReadOnlyList<string>)
            [layer.Name, layer.ModuleType, layer.Rule, $"{layer.RelevanceOut:F4}", $"{layer.RelevanceIn:F4}", $"{layer.Lost:F4}"])],
        $"From the logits down, summed over the {Shown} digits above: what came into a layer from above, what it handed on, and what its bias or stabilizer kept."));
}

static IReadOnlyList<(double X, double Y)> Points(FlippingCurves curves) => [.. curves.Shares.Zip(curves.MostRelevantFirst)];
