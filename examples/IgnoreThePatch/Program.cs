// Contextual decomposition as a training penalty (Rieger, Singh, Murdoch, Yu: Interpretations are useful, ICML 2020). A
// patch is added to the images; it gives the class away in training and misleads in the test. One network is trained
// normally, the other with a penalty on the patch's contribution.
using Digits;
using Lrp.Composites;
using Lrp.Decomposition;
using Lrp.Decomposition.Agglomeration;
using Lrp.Decomposition.Families;
using Lrp.Pictures;
using Programs;
using TorchSharp;
using static TorchSharp.torch;

const int Batch = 40,
    Epochs = 60,
    Corner = 4,
    Size = 3;
const double Rate = 2e-3;

var folder = CommandLine.Start(
    args,
    "Contextual decomposition as a training penalty that keeps a network from using a patch."
);
using var digits = TestDigits.Load(ScalarType.Float64);

// 3 against 8: of ten digits each, seven for training and three for the test. Each is also shifted by a pixel or two,
// to get more of them.
var (learnt, learntLabels) = Pair(0, 7);
var (tested, testedLabels) = Pair(7, 10);
using var planted = Planted(learnt, learntLabels);
using var misleading = Planted(tested, 1 - testedLabels);
using var corner = zeros([1, 1, 1, 28, 28], ScalarType.Float64);
corner.narrow(3, 0, Corner).narrow(4, 0, Corner).fill_(1);
var composite = new Composite { { typeof(nn.Module), new ContextualDecomposition() } };

var table = new MarkdownTable()
    .Texts("training")
    .Numbers("accuracy in training", "test, no patch", "test, misleading patch", "patch's contribution");

// Two test images of each class, with the patch of the other class.
long[] shown = [0, 1, misleading.shape[0] - 2, misleading.shape[0] - 1];
var pictures = shown.Select(image => InputPicture.Render(misleading[image], pixelSize: Size)).ToList();
foreach (var (name, penalty) in new[] { ("plain", 0.0), ("with penalty", 4.0) })
{
    using var network = Learn(name, penalty);
    table.Add(
        name,
        $"{Right(network, planted, learntLabels):P0}",
        $"{Right(network, tested, testedLabels):P0}",
        $"{Right(network, misleading, testedLabels):P0}",
        $"{Use(network, planted).ToDouble():F2}"
    );
    pictures.AddRange(shown.Select(image => Evidence(network, misleading[image].unsqueeze(0))));
}

Console.WriteLine(table);
Console.WriteLine("The patch shows the class of every training image, and the other class of every test image.");
var path = Path.Combine(folder, "ignore-the-patch.png");
PictureGrid
    .Arrange(
        pictures,
        columns: shown.Length,
        gap: 4,
        background: Rgb.Hex(0xd0d0d0),
        labels: new GridLabels
        {
            Columns = [.. shown.Select(image => testedLabels[image].ToInt64() == 0 ? "3" : "8")],
            Rows = ["test image", "plain", "with penalty"],
        }
    )
    .Save(path);
Console.WriteLine($"{path} shows which patches are evidence for 3 (red) and for 8 (blue) in test images.");

nn.Module<Tensor, Tensor> Learn(string name, double penalty)
{
    manual_seed(3);

    // In double precision; in single precision, rounding errors can change the result by one test image.
    nn.Module<Tensor, Tensor> network = nn.Sequential(
            nn.Conv2d(1, 8, 5L, stride: 2L),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(8 * 12 * 12, 32),
            nn.ReLU(),
            nn.Linear(32, 2)
        )
        .to(ScalarType.Float64);
    using optim.Optimizer optimizer = optim.Adam(network.parameters(), Rate);
    foreach (var _ in ProgressBar.Over(name, Enumerable.Range(0, Epochs)))
    {
        using var order = randperm(planted.shape[0]);
        for (long start = 0; start + Batch <= planted.shape[0]; start += Batch)
        {
            using var scope = NewDisposeScope();
            var rows = order.narrow(0, start, Batch);
            Tensor images = planted.index_select(0, rows),
                labels = learntLabels.index_select(0, rows);
            optimizer.zero_grad();
            var loss = nn.functional.cross_entropy(network.call(images), labels);
            if (penalty > 0)
            {
                loss = loss + penalty * Use(network, images);
            }

            loss.backward();
            optimizer.step();
        }
    }

    network.eval();
    return network;
}

// The patch's contribution to the difference of the two logits, by contextual decomposition; differentiable.
Tensor Use(nn.Module<Tensor, Tensor> network, Tensor images)
{
    using var region = Composition.Regions(images, corner.expand([1, .. images.shape]));
    using var run = composite.Decompose(network, region, new DecompositionOptions { Differentiable = true });
    var part = run.Of(network.call(images)).Components[0];
    return (part[.., 0] - part[.., 1]).abs().mean();
}

// The contribution of each patch of 4 x 4 pixels to the difference of the two logits, as a heatmap.
Picture Evidence(nn.Module<Tensor, Tensor> network, Tensor image)
{
    using var scope = NewDisposeScope();
    using var scorer = new ContextualScorer(composite, network, image);
    var scores = scorer.Score(Composition.PatchMasks(image, Corner));
    return Heatmap.Render(
        (scores[.., 0] - scores[.., 1]).reshape(28 / Corner, 28 / Corner),
        new HeatmapOptions { PixelSize = Corner * Size }
    );
}

double Right(nn.Module<Tensor, Tensor> network, Tensor images, Tensor labels)
{
    using var off = no_grad();
    using var scope = NewDisposeScope();
    return network.call(images).argmax(1).eq(labels).to_type(ScalarType.Float64).mean().ToDouble();
}

(Tensor Images, Tensor Labels) Pair(int from, int to)
{
    var images = new List<Tensor>();
    foreach (var digit in new[] { 3, 8 })
    {
        var own = digits.Images.narrow(0, digit * 10 + from, to - from);
        foreach (var down in new[] { -1, 0, 1 })
        {
            foreach (var right in new[] { -1, 0, 1 })
            {
                images.Add(own.roll([down, right], [2, 3]));
            }
        }
    }

    long each = 9 * (to - from);
    return (cat(images.ToArray()), cat([zeros(each, ScalarType.Int64), ones(each, ScalarType.Int64)]));
}

// Adds a square in the corner: bright for class 0, faint for class 1.
static Tensor Planted(Tensor images, Tensor labels)
{
    var marked = images.clone();
    var shade = (1 - labels).to_type(ScalarType.Float64).mul(2).sub(1).reshape(-1, 1, 1, 1);
    marked.narrow(2, 0, Corner).narrow(3, 0, Corner).copy_(shade.expand(-1, 1, Corner, Corner));
    return marked;
}
