// Shows which patches of a digit are evidence for 3 rather than 8: by linear decomposition, by contextual
// decomposition, and as a tree of regions.
using Digits;
using Lrp.Composites;
using Lrp.Decomposition;
using Lrp.Decomposition.Agglomeration;
using Lrp.Decomposition.Families;
using Lrp.Pictures;
using Programs;
using TorchSharp;
using static TorchSharp.torch;

const int Three = 3,
    Eight = 8,
    Patch = 4,
    Shown = 4,
    Size = 4;

var folder = CommandLine.Start(
    args,
    "Shows which patches of a digit make it a 3 and not an 8, with two decompositions and a tree."
);
using var model = DigitsNetwork.Pretrained(ScalarType.Float64);
using var digits = TestDigits.Load(ScalarType.Float64);
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
        "Each 3 is cut into 49 patches of 4 x 4 pixels. Red patches are evidence for 3 rather than 8, blue ones for 8 "
        + "rather than 3.\n\n"
        + "Linear decomposition splits the logits once among all patches and the biases. Contextual decomposition "
        + "computes what each patch "
        + "contributes in the presence of the rest. The tree starts from single patches and joins them, step by "
        + "step, to regions with a high score for 3.",
};
var split = new List<Picture>();
var context = new List<Picture>();
var strips = new List<Picture>();
var trees = new List<IReadOnlyList<Picture>>();
foreach (var k in ProgressBar.Over("digits", Enumerable.Range(0, Shown)))
{
    using var scope = NewDisposeScope();
    var image = digits.Images.narrow(0, Three * 10 + k, 1);
    var input = InputPicture.Render(image[0], pixelSize: Size);
    report.Inputs.Add(new ReportInput(input, $"3, number {k}"));

    var (each, difference) = Split(image);
    var sum = each.sum().ToDouble();
    split.Add(Map(each));

    using var scorer = new ContextualScorer(contextual, model, image);
    var scores = scorer.Score(Composition.PatchMasks(image, Patch));
    context.Add(Map(scores[.., Three] - scores[.., Eight]));

    var tree = new ImageAgglomeration
    {
        Class = Three,
        Against = Eight,
        PatchSize = Patch,
        Steps = 5,
    }.Build(scorer, image);
    strips.Add(ImageHierarchy.Strip(tree, input, Evidence));
    trees.Add([input, .. ImageHierarchy.Panels(tree, input, Evidence)]);
    File.WriteAllText(Path.Combine(folder, $"three-or-eight-{k}.json"), tree.ToJson());

    var best = each.argmax().ToInt64();
    table.Add(
        $"3, number {k}",
        $"{difference:F2}",
        $"{sum:F2}",
        $"{difference - sum:F2}",
        $"row {best / 7 + 1}, column {best % 7 + 1}",
        $"{tree.Steps.Count - 1}"
    );
}

report.Methods.Add(
    new ReportMethod("Linear decomposition", split)
    {
        Description = "PyDec's affine family; biases go to the residual.",
    }
);
report.Methods.Add(
    new ReportMethod("Contextual decomposition", context) { Description = "All 49 patches as one batch." }
);
for (var k = 0; k < Shown; k++)
{
    report.Figures.Add(
        new ReportFigure(
            strips[k],
            $"3, number {k}, as a tree of regions: the image, single patches, then one panel per step."
        )
    );
}

report.Save(Path.Combine(folder, "three-or-eight.html"));

// A tree that is complete early has fewer panels.
var panels = trees.Max(tree => tree.Count);
PictureGrid
    .Arrange(
        [
            .. trees.SelectMany(tree =>
                tree.Concat(Enumerable.Repeat(new Picture(1, 1, Rgb.Hex(0xffffff)), panels - tree.Count))
            ),
        ],
        columns: panels,
        labels: new GridLabels
        {
            Columns = ["digit", "patches", .. Enumerable.Range(1, panels - 2).Select(step => $"step {step}")],
            Rows = [.. report.Inputs.Select(one => one.Caption)],
        }
    )
    .Save(Path.Combine(folder, "three-or-eight-trees.png"));
Console.WriteLine(table);
Console.WriteLine($"Pictures, trees and a page are in {folder}: three-or-eight.html.");

// What each patch and the biases contribute to the difference of the two logits, and the difference.
(Tensor Each, double Difference) Split(Tensor image)
{
    using var patches = Composition.Patches(image, Patch);
    using var run = linear.Decompose(model, patches);
    var logits = run.Of(model.call(image));
    return (
        logits.Components[.., 0, Three] - logits.Components[.., 0, Eight],
        (logits.Value[0, Three] - logits.Value[0, Eight]).ToDouble()
    );
}

static double Evidence(IReadOnlyList<double> scores) => scores[Three] - scores[Eight];

Picture Map(Tensor patches) => Heatmap.Render(patches.reshape(7, 7), new HeatmapOptions { PixelSize = Patch * Size });
