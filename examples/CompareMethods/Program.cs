// Compares twelve methods on the same digits, as a table of measured numbers and as a page of heatmaps.
using System.Diagnostics;
using CompareMethods;
using Digits;
using Lrp.Attribution.Evaluation;
using Lrp.Composites;
using Lrp.Pictures;
using Programs;
using static TorchSharp.torch;

const int Shown = 10;
const int Measured = 50;

var folder = CommandLine.Start(
    args,
    "Compares twelve methods on the same digits, as a table of measured numbers and as a page of heatmaps."
);
using var model = DigitsNetwork.Pretrained();
using var digits = TestDigits.Load();
using var shown = digits.OneOfEach(1);
using var measured = digits.Images.index_select(0, arange(0, 2 * Measured, 2));

var report = new HtmlReport("Which pixels made it this digit?")
{
    Introduction =
        "Twelve methods explain the class that a small convolutional network predicts for ten digits of the MNIST "
        + "test set. "
        + "Red is evidence for that class, blue is evidence against it; each heatmap has its own scale.\n\n"
        + $"All numbers are means over {Measured} digits. "
        + "Conservation is the sum of a heatmap divided by the explained logit. Methods that distribute the logit "
        + "among the pixels reach 100 %, except for "
        + "the part that biases keep; methods that do not distribute it have a dash. Occlusion covers patches one "
        + "by one and need not reach it: its sum is higher where several patches are needed at once. "
        + "Faithfulness is measured by removing pixels: the area between the logit's "
        + "curve when the least relevant pixels are "
        + "removed first and the curve when the most relevant are. Higher is better; random relevance "
        + "has a score of about zero.",
};
AddInputs();

var flipping = new PixelFlipping { Steps = 28, ChunkSize = 200 };
var table = new MarkdownTable()
    .Texts("method")
    .Numbers("conservation", "faithfulness", "±", "completeness error", "ms per digit");
var heatmaps = new HeatmapOptions { PixelSize = 3, ClipPercentile = 99.5 };
var removed = new List<(string Name, IReadOnlyList<(double X, double Y)> Points)>();
var gallery = report.Inputs.Select(input => input.Picture).ToList();
var random = flipping.EvaluateRandom(model, measured);

foreach (var (method, description, shares) in ProgressBar.Over("methods", Methods.All))
{
    using var scope = NewDisposeScope();
    using (method.Attribute(model, measured[..2]))
    {
        // The first call is not measured, because it includes one-time compilation.
    }

    var watch = Stopwatch.StartNew();
    var attribution = method.Attribute(model, measured);
    var time = watch.Elapsed / Measured;
    var curves = flipping.Evaluate(model, measured, attribution.Relevance);
    var pictures = method.Attribute(model, shown);

    var completeness = attribution.CompletenessErrors is { } errors ? $"{errors.Max(Math.Abs):G2}" : "-";
    table.Add(
        method.Name,
        shares ? $"{attribution.Conservation:P1}" : "-",
        $"{curves.Score:F2}",
        $"{curves.StandardError:F2}",
        completeness,
        $"{time.TotalMilliseconds:F1}"
    );
    removed.Add((method.Name, Points(curves)));
    var drawn = Heatmap.RenderBatch(pictures.Relevance, heatmaps);
    gallery.AddRange(drawn);
    report.Methods.Add(
        new ReportMethod(method.Name, drawn)
        {
            Description = description,
            Captions = shares ? [.. pictures.Sums.Select(sum => $"Σ {sum:F2}")] : [],
            Conservation = shares ? attribution.Conservation : null,
            Scores = [("faithfulness", curves.Score)],
            TimePerInput = time,
        }
    );
}

table.Add("random", "-", $"{random.Score:F2}", $"{random.StandardError:F2}", "-", "-");
removed.Add(("random", Points(random)));
report.Charts.Add(
    new ReportChart("Pixel flipping, most relevant first", "fraction of the pixels removed", "logit, mean", removed)
    {
        Note =
            $"The logit of the explained class while pixels are set to zero, most relevant first, as a mean over "
            + $"{Measured} digits. The faster a curve falls, the better the method found the pixels that matter.",
    }
);
AddConservation();
Console.WriteLine(table);
Console.WriteLine();

var page = Path.Combine(folder, "compare-methods.html");
report.Save(page);
PictureGrid
    .Arrange(
        gallery,
        columns: Shown,
        gap: 4,
        background: Rgb.Hex(0xd0d0d0),
        labels: new GridLabels
        {
            Columns = DigitsNetwork.Labels,
            Rows = ["digit", .. report.Methods.Select(method => method.Name)],
        }
    )
    .Save(Path.Combine(folder, "compare-methods.png"));
Console.WriteLine($"The report is {page}; compare-methods.png shows the digits and one row of heatmaps per method.");

void AddInputs()
{
    using var scope = NewDisposeScope();
    using var noGradients = no_grad();
    var probabilities = nn.functional.softmax(model.call(shown), 1);
    for (var i = 0; i < Shown; i++)
    {
        var row = probabilities[i].data<float>().ToArray();
        report.Inputs.Add(
            new ReportInput(InputPicture.Render(shown[i], pixelSize: 3), $"a {i}")
            {
                Predictions =
                [
                    .. row.Select((probability, digit) => (DigitsNetwork.Labels[digit], (double)probability))
                        .OrderByDescending(pair => pair.Item2)
                        .Take(3),
                ],
            }
        );
    }
}

// Adds a table that shows layer by layer how one composite distributes relevance.
void AddConservation()
{
    using var scope = NewDisposeScope();
    using var registration = Presets.EpsilonPlusFlat().Register(model);
    var x = shown.detach().clone().requires_grad_();
    model.call(x).max(1).values.sum().backward();
    var conservation = registration.Conservation();
    report.Tables.Add(
        new ReportTable(
            "Conservation of LRP EpsilonPlusFlat",
            ["layer", "type", "rule", "relevance out", "relevance in", "lost"],
            [
                .. conservation
                    .Layers.Reverse()
                    .Select(layer =>
                        (IReadOnlyList<string>)
                            [
                                layer.Name,
                                layer.ModuleType,
                                layer.Rule,
                                $"{layer.RelevanceOut:F4}",
                                $"{layer.RelevanceIn:F4}",
                                $"{layer.Lost:F4}",
                            ]
                    ),
            ],
            $"From the logits down, summed over the {Shown} digits above: the relevance that enters a layer from "
                + "above, that it passes on, and that its bias or stabilizer keeps."
        )
    );
}

static IReadOnlyList<(double X, double Y)> Points(FlippingCurves curves) =>
    [.. curves.Fractions.Zip(curves.MostRelevantFirst)];
