// Which patches of a digit make it a 3 and not an 8? By linear decomposition, by contextual decomposition, and as a tree.
using Digits;
using Lrp.Composites;
using Lrp.Composites.Agglomeration;
using Lrp.Core.Forward;
using Lrp.Pictures;
using Lrp.Rules.Forward;
using Programs;
using TorchSharp;
using static TorchSharp.torch;

const int Three = 3, Eight = 8, Patch = 4, Shown = 4, Size = 4;

string folder = CommandLine.Start(args, "Which patches of a digit make it a 3 and not an 8: two decompositions and a tree.");
using DigitsNetwork model = DigitsNetwork.Pretrained(ScalarType.Float64);
using TestDigits digits = TestDigits.Load(ScalarType.Float64);
var linear = new Composite { { typeof(nn.Module), new Affine() } };
var contextual = new Composite { { typeof(nn.Module), new ContextualDecomposition() } };

var table = new MarkdownTable()
    .Texts("digit")
    .Numbers("logit 3 - logit 8", "sum of 49 patches", "biases")
    .Texts("strongest patch for 3")
    .Numbers("tree steps");
var report = new HtmlReport("What makes it a 3 and not an 8?")
{
    Introduction =
        "Each 3 is cut into 49 patches of 4 x 4 pixels. Red patches speak for 3 rather than 8, blue ones for 8 rather than 3.\n\n"
        + "Linear decomposition splits the logits once among all patches and the biases. Contextual decomposition asks of each patch what it "
        + "contributes in the presence of the rest. The tree starts from single patches and joins, step by step, what speaks for 3 together.",
};
var split = new List<Picture>();
var context = new List<Picture>();
var strips = new List<Picture>();
foreach (int k in ProgressBar.Over("digits", Enumerable.Range(0, Shown)))
{
    using DisposeScope scope = NewDisposeScope();
    Tensor image = digits.Images.narrow(0, Three * 10 + k, 1);
    Picture input = InputPicture.Render(image[0], pixelSize: Size);
    report.Inputs.Add(new ReportInput(input, $"3, number {k}"));

    using Composition patches = Composition.Patches(image, Patch);
    using DecompositionRun run = linear.Decompose(model, patches);
    Composition logits = run.Of(model.call(image));
    Tensor each = logits.Components[.., 0, Three] - logits.Components[.., 0, Eight];
    double difference = (logits.Value[0, Three] - logits.Value[0, Eight]).ToDouble();
    double sum = each.sum().ToDouble();
    split.Add(Map(each));

    using var scorer = new ContextualScorer(contextual, model, image);
    Tensor scores = scorer.Score(Composition.PatchMasks(image, Patch));
    context.Add(Map(scores[.., Three] - scores[.., Eight]));

    AgglomerationTree tree = new ImageAgglomeration { Class = Three, Against = Eight, PatchSize = Patch, Steps = 5 }.Build(scorer, image);
    strips.Add(ImageHierarchy.Strip(tree, input, values => values[Three] - values[Eight]));
    File.WriteAllText(Path.Combine(folder, $"three-or-eight-{k}.json"), tree.ToJson());

    long best = each.argmax().ToInt64();
    table.Add($"3, number {k}", $"{difference:F2}", $"{sum:F2}", $"{difference - sum:F2}", $"row {best / 7 + 1}, column {best % 7 + 1}", $"{tree.Steps.Count - 1}");
}

report.Methods.Add(new ReportMethod("Linear decomposition", split) { Description = "PyDec's affine family; biases go to the residual." });
report.Methods.Add(new ReportMethod("Contextual decomposition", context) { Description = "All 49 patches as one batch." });
for (int k = 0; k < Shown; k++)
{
    report.Figures.Add(new ReportFigure(strips[k], $"3, number {k}, as a tree of regions: the image, single patches, then one panel a step."));
}

report.Save(Path.Combine(folder, "three-or-eight.html"));
PictureGrid.Arrange(strips, columns: 1).Save(Path.Combine(folder, "three-or-eight-trees.png"));
Console.WriteLine(table);
Console.WriteLine($"Pictures, trees and a page are in {folder}: three-or-eight.html.");

Picture Map(Tensor patches) =>
    Heatmap.Render(patches.reshape(7, 7), new HeatmapOptions { PixelSize = Patch * Size });
