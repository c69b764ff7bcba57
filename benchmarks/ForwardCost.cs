using System.Diagnostics;
using Digits;
using Lrp.Composites;
using Lrp.Composites.Agglomeration;
using Lrp.Core.Forward;
using Lrp.Rules.Forward;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Benchmarks;

/// <summary>What decomposition costs beside a plain forward pass of as many inputs as there are components, on one thread.</summary>
internal static class ForwardCost
{
    private const int Rounds = 15;

    private static readonly Composite Linear = new() { { typeof(nn.Module), new Affine() } };
    private static readonly Composite Contextual = new() { { typeof(nn.Module), new ContextualDecomposition() } };

    public static void Run(Report report)
    {
        set_num_threads(1);
        using IDisposable off = no_grad();
        manual_seed(1);
        using nn.Module<Tensor, Tensor> mlp = nn.Sequential(
            nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10));
        using Tensor vector = rand(1, 784);
        Compare(report, "MLP 784-512-512-10, 784 features", mlp, vector, 784, () => Composition.PerFeature(vector), Linear);

        using DigitsNetwork cnn = DigitsNetwork.Pretrained();
        using TestDigits digits = TestDigits.Load();
        using Tensor image = digits.First(3);
        using Tensor masks = Composition.PatchMasks(image, 4);
        Compare(report, "digits network, 49 patches", cnn, image, 49, () => Composition.Patches(image, 4), Linear);
        Compare(report, "digits network, CD of 49 masks", cnn, image, 49, () => Composition.Regions(image, masks), Contextual);
        Tree(report, cnn, image, 4);
        Tree(report, cnn, image, 2);
    }

    private static void Compare(
        Report report, string name, nn.Module<Tensor, Tensor> model, Tensor input, long count, Func<Composition> split, Composite composite)
    {
        long[] shape = [count, .. input.shape[1..]];
        using Tensor batch = rand(shape);
        (double plain, double own) = Times(
            () => model.call(batch).Dispose(),
            () =>
            {
                using Composition composition = split();
                using DecompositionRun run = composite.Decompose(model, composition);
                using Tensor output = model.call(input);
                run.Of(output);
            });
        report.Add(name, $"forward of batch {count}", plain, "ms");
        report.Add(name, "decomposition", own, "ms");
        report.Add(name, "ratio", own / plain, string.Empty);
    }

    private static void Tree(Report report, DigitsNetwork model, Tensor image, int patch)
    {
        string name = $"ACD tree of a digit, {28 / patch}x{28 / patch} patches";
        var agglomeration = new ImageAgglomeration { Class = 3, PatchSize = patch };
        int asked;
        using (var scorer = new ContextualScorer(Contextual, model, image))
        {
            asked = agglomeration.Build(scorer, image).ScoresAsked;
        }

        using Tensor patches = Composition.PatchMasks(image, patch);
        (double tree, double single) = Times(
            () =>
            {
                using var scorer = new ContextualScorer(Contextual, model, image);
                agglomeration.Build(scorer, image);
            },
            () =>
            {
                for (int k = 0; k < asked; k++)
                {
                    using Tensor mask = patches.narrow(0, k % patches.shape[0], 1);
                    using Composition composition = Composition.Regions(image, mask);
                    using DecompositionRun run = Contextual.Decompose(model, composition);
                    using Tensor output = model.call(image);
                    run.Of(output);
                }
            },
            rounds: 7);
        report.Add(name, "masks the algorithm scores", asked, string.Empty);
        report.Add(name, "tree", tree, "ms");
        report.Add(name, "masks one at a time", single, "ms");
        report.Add(name, "times faster", single / tree, string.Empty);
    }

    // The two in turn, so that a machine that slows down slows both; medians after rounds unmeasured.
    private static (double First, double Second) Times(Action first, Action second, int rounds = Rounds)
    {
        var times = (new List<double>(), new List<double>());
        for (int round = -5; round < rounds; round++)
        {
            double one = Time(first), other = Time(second);
            if (round >= 0)
            {
                times.Item1.Add(one);
                times.Item2.Add(other);
            }
        }

        return (RelevanceCost.Median(times.Item1), RelevanceCost.Median(times.Item2));

        static double Time(Action action)
        {
            var clock = Stopwatch.StartNew();
            action();
            return clock.Elapsed.TotalMilliseconds;
        }
    }
}
