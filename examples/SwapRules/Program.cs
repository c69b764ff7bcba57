// The same network and the same digits, another rule for its convolutions: what does the choice change?
using System.Diagnostics;
using Digits;
using Lrp.Composites;
using Lrp.Core;
using Lrp.Pictures;
using Lrp.Rules;
using Programs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Gamma = Lrp.Rules.Gamma;

string folder = CommandLine.Start(args, "What the choice of a rule for the convolutions changes: seven rules on ten digits.");
using DigitsNetwork model = DigitsNetwork.Pretrained();
using TestDigits digits = TestDigits.Load();
using Tensor x = digits.OneOfEach();

(string Name, ModuleRule Rule)[] swaps =
[
    ("LRP-0", new Lrp0()),
    ("Epsilon 0.25", new Epsilon(0.25)),
    ("Gamma 0.25", new Gamma(0.25)),
    ("ZPlus", new ZPlus()),
    ("AlphaBeta 2, 1", new AlphaBeta(2, 1)),
    ("WSquare", new WSquare()),
    ("Flat", new Flat()),
];

var table = new MarkdownTable()
    .Texts("rule for Conv2d")
    .Numbers("relevance found", "negative share", "outside the ink", "like LRP-0", "ms a digit");
var pictures = new List<Picture>();
for (int i = 0; i < 10; i++)
{
    pictures.Add(InputPicture.Render(x[i], pixelSize: 3));
}

double[]? first = null;
foreach ((string name, ModuleRule rule) in ProgressBar.Over("rules", swaps))
{
    using DisposeScope scope = NewDisposeScope();
    var composite = new Composite
    {
        { LayerTypes.Activation, new Pass() },   // else relevance that a rule hands to inactive neurons ends there
        { typeof(Conv2d), rule },
        { typeof(Linear), new Epsilon(1e-6) },
    };
    Explain(composite); // once unmeasured: what is compiled and derived on first use is no property of the rule
    var watch = Stopwatch.StartNew();
    (Tensor relevance, double found) = Explain(composite);
    double milliseconds = watch.Elapsed.TotalMilliseconds / 10;

    double[] values = relevance.to(ScalarType.Float64).data<double>().ToArray();
    double[] ink = x.to(ScalarType.Float64).data<double>().ToArray();
    first ??= values;
    double all = values.Sum(Math.Abs);
    table.Add(
        name,
        $"{found:P1}",
        $"{values.Where(value => value < 0).Sum(Math.Abs) / all:P1}",
        $"{values.Zip(ink).Where(pair => pair.Second == 0).Sum(pair => Math.Abs(pair.First)) / all:P1}",
        $"{Cosine(values, first):F2}",
        $"{milliseconds:F1}");
    pictures.AddRange(Heatmap.RenderBatch(relevance, new HeatmapOptions { PixelSize = 3, ClipPercentile = 99.5 }));
}

Console.WriteLine(table);
string path = Path.Combine(folder, "swap-rules.png");
PictureGrid.Arrange(pictures, columns: 10, gap: 4, background: Rgb.Hex(0xd0d0d0)).Save(path);
Console.WriteLine();
Console.WriteLine($"swap-rules.png has the digits and a row of heatmaps a rule, in the table's order; it is in {folder}.");

(Tensor Relevance, double Found) Explain(Composite composite)
{
    using Registration registration = composite.Register(model);
    Tensor input = x.detach().clone().requires_grad_();
    Tensor logits = model.call(input);
    Tensor explained = logits.max(1).values;
    explained.sum().backward();
    ConservationReport conservation = registration.Conservation();
    return (input.grad!, conservation.ModelInput!.Value / conservation.ModelOutput!.Value);
}

static double Cosine(double[] a, double[] b) =>
    a.Zip(b).Sum(pair => pair.First * pair.Second) / Math.Sqrt(a.Sum(value => value * value) * b.Sum(value => value * value));
