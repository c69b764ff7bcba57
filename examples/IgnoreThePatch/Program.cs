// Contextual decomposition as a training penalty (Rieger, Singh, Murdoch, Yu: Interpretations are useful, ICML 2020): a planted
// patch gives the digit away while training, and misleads in the test. One network may use it, one is told not to.
using Digits;
using Lrp.Composites;
using Lrp.Core.Forward;
using Lrp.Rules.Forward;
using Programs;
using TorchSharp;
using static TorchSharp.torch;

const int Batch = 40, Epochs = 60, Corner = 4;
const double Rate = 2e-3;

_ = CommandLine.Start(args, "Contextual decomposition as a training penalty: a network is told not to use a patch. Prints a table and writes no file.");
using TestDigits digits = TestDigits.Load(ScalarType.Float64);

// 3 against 8: seven of each ten to learn from, three to test with, each moved about by a pixel or two for more of them.
(Tensor learnt, Tensor learntLabels) = Pair(0, 7);
(Tensor tested, Tensor testedLabels) = Pair(7, 10);
using Tensor planted = Planted(learnt, learntLabels);
using Tensor misleading = Planted(tested, 1 - testedLabels);
using Tensor corner = zeros([1, 1, 1, 28, 28], ScalarType.Float64);
corner.narrow(3, 0, Corner).narrow(4, 0, Corner).fill_(1);
var composite = new Composite { { typeof(nn.Module), new ContextualDecomposition() } };

var table = new MarkdownTable()
    .Texts("training")
    .Numbers("right while training", "right, no patch", "right, misleading patch", "patch's contribution");
foreach ((string name, double penalty) in new[] { ("plain", 0.0), ("with penalty", 4.0) })
{
    using nn.Module<Tensor, Tensor> network = Learn(name, penalty);
    table.Add(name, $"{Right(network, planted, learntLabels):P0}", $"{Right(network, tested, testedLabels):P0}",
        $"{Right(network, misleading, testedLabels):P0}", $"{Use(network, planted).ToDouble():F2}");
}

Console.WriteLine(table);
Console.WriteLine("The patch says the class of every training image and the other class of every test image.");

nn.Module<Tensor, Tensor> Learn(string name, double penalty)
{
    manual_seed(3);

    // In single precision, what rounding does grows in these epochs to one test image more or less.
    nn.Module<Tensor, Tensor> network = nn.Sequential(
        nn.Conv2d(1, 8, 5L, stride: 2L), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 12 * 12, 32), nn.ReLU(), nn.Linear(32, 2)).to(ScalarType.Float64);
    using optim.Optimizer optimizer = optim.Adam(network.parameters(), Rate);
    foreach (int _ in ProgressBar.Over(name, Enumerable.Range(0, Epochs)))
    {
        using Tensor order = randperm(planted.shape[0]);
        for (long start = 0; start + Batch <= planted.shape[0]; start += Batch)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor rows = order.narrow(0, start, Batch);
            Tensor images = planted.index_select(0, rows), labels = learntLabels.index_select(0, rows);
            optimizer.zero_grad();
            Tensor loss = nn.functional.cross_entropy(network.call(images), labels);
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

// How much the patch moves the two logits apart, by contextual decomposition; differentiable.
Tensor Use(nn.Module<Tensor, Tensor> network, Tensor images)
{
    using Composition region = Composition.Regions(images, corner.expand([1, .. images.shape]));
    using DecompositionRun run = composite.Decompose(network, region, new DecompositionOptions { Differentiable = true });
    Tensor part = run.Of(network.call(images)).Components[0];
    return (part[.., 0] - part[.., 1]).abs().mean();
}

double Right(nn.Module<Tensor, Tensor> network, Tensor images, Tensor labels)
{
    using IDisposable off = no_grad();
    using DisposeScope scope = NewDisposeScope();
    return network.call(images).argmax(1).eq(labels).to_type(ScalarType.Float64).mean().ToDouble();
}

(Tensor Images, Tensor Labels) Pair(int from, int to)
{
    var images = new List<Tensor>();
    foreach (int digit in new[] { 3, 8 })
    {
        Tensor own = digits.Images.narrow(0, digit * 10 + from, to - from);
        foreach (int down in new[] { -1, 0, 1 })
        {
            foreach (int right in new[] { -1, 0, 1 })
            {
                images.Add(own.roll([down, right], [2, 3]));
            }
        }
    }

    long each = 9 * (to - from);
    return (cat(images.ToArray()), cat([zeros(each, ScalarType.Int64), ones(each, ScalarType.Int64)]));
}

// A square in the corner: bright for class 0, faint for class 1.
static Tensor Planted(Tensor images, Tensor labels)
{
    Tensor marked = images.clone();
    Tensor shade = (1 - labels).to_type(ScalarType.Float64).mul(2).sub(1).reshape(-1, 1, 1, 1);
    marked.narrow(2, 0, Corner).narrow(3, 0, Corner).copy_(shade.expand(-1, 1, Corner, Corner));
    return marked;
}
