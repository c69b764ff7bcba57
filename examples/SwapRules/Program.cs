// Explains the same network and digits with different rules for the convolutions, and compares the results.
using System.Diagnostics;
using Digits;
using Lrp.Composites;
using Lrp.Core;
using Lrp.Pictures;
using Programs;
using TorchSharp.Modules;
using static TorchSharp.torch;

var folder = CommandLine.Start(args, "Compares seven rules for the convolutions of a network on ten digits.");
using var model = DigitsNetwork.Pretrained();
using var digits = TestDigits.Load();
using var x = digits.OneOfEach();

(string Name, BackwardRule Rule)[] swaps =
[
    ("LRP-0", LrpRule.Lrp0()),
    ("Epsilon 0.25", LrpRule.Epsilon(0.25)),
    ("Gamma 0.25", LrpRule.Gamma(0.25)),
    ("ZPlus", LrpRule.ZPlus()),
    ("AlphaBeta 2, 1", LrpRule.AlphaBeta(2, 1)),
    ("WSquare", LrpRule.WSquare()),
    ("Flat", LrpRule.Flat()),
];

var table = new MarkdownTable()
    .Texts("rule for Conv2d")
    .Numbers("conservation", "negative share", "outside the ink", "like LRP-0", "ms per digit");
var pictures = new List<Picture>();
for (var i = 0; i < 10; i++)
{
    pictures.Add(InputPicture.Render(x[i], pixelSize: 3));
}

double[]? first = null;
foreach (var (name, rule) in ProgressBar.Over("rules", swaps))
{
    using var scope = NewDisposeScope();
    var composite = new Composite
    {
        { LayerTypes.Activation, LrpRule.Pass() }, // otherwise inactive neurons drop the relevance they get
        { typeof(Conv2d), rule },
        { typeof(Linear), LrpRule.Epsilon(1e-6) },
    };
    Explain(composite); // the first call is not measured, because it includes one-time compilation
    var watch = Stopwatch.StartNew();
    var (relevance, found) = Explain(composite);
    var milliseconds = watch.Elapsed.TotalMilliseconds / 10;

    var values = relevance.to(ScalarType.Float64).data<double>().ToArray();
    var ink = x.to(ScalarType.Float64).data<double>().ToArray();
    first ??= values;
    var all = values.Sum(Math.Abs);
    table.Add(
        name,
        $"{found:P1}",
        $"{values.Where(value => value < 0).Sum(Math.Abs) / all:P1}",
        $"{values.Zip(ink).Where(pair => pair.Second == 0).Sum(pair => Math.Abs(pair.First)) / all:P1}",
        $"{Cosine(values, first):F2}",
        $"{milliseconds:F1}"
    );
    pictures.AddRange(Heatmap.RenderBatch(relevance, new HeatmapOptions { PixelSize = 3, ClipPercentile = 99.5 }));
}

Console.WriteLine(table);
var path = Path.Combine(folder, "swap-rules.png");
PictureGrid
    .Arrange(
        pictures,
        columns: 10,
        gap: 4,
        background: Rgb.Hex(0xd0d0d0),
        labels: new GridLabels { Columns = DigitsNetwork.Labels, Rows = ["digit", .. swaps.Select(swap => swap.Name)] }
    )
    .Save(path);
Console.WriteLine();
Console.WriteLine($"swap-rules.png shows the digits and one row of heatmaps per rule; it is in {folder}.");

(Tensor Relevance, double Found) Explain(Composite composite)
{
    using var registration = composite.Register(model);
    var input = x.detach().clone().requires_grad_();
    var logits = model.call(input);
    var explained = logits.max(1).values;
    explained.sum().backward();
    var conservation = registration.Conservation();
    return (input.grad!, conservation.ModelInput!.Value / conservation.ModelOutput!.Value);
}

static double Cosine(double[] a, double[] b) =>
    a.Zip(b).Sum(pair => pair.First * pair.Second)
    / Math.Sqrt(a.Sum(value => value * value) * b.Sum(value => value * value));
