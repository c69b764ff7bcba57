using Lrp.Analysis.Probes;
using Lrp.Analysis.Ranking;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Analysis;

[TestFixture]
public sealed class RankingTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Open() => _scope = NewDisposeScope();

    [TearDown]
    public void Close() => _scope.Dispose();

    [Test]
    public void EveryRankingFindsTheNeuronsThatCarryTheClass()
    {
        var (x, y) = Clusters.Make(apart: 4);
        long[] carriers = [0, 1, 2];
        using var probe = LinearProbe.Train(x, y, new ProbeOptions { L2 = 0.001 });
        using var gaussian = new GaussianProbe(x, y);
        Assert.That(NeuronSelection.Ordering(probe).Neurons.Take(3), Is.EquivalentTo(carriers));
        Assert.That(ProbelessRanking.Overall(x, y).Take(3), Is.EquivalentTo(carriers));
        Assert.That(ProbelessRanking.ForClass(x, y, 1)[0], Is.EqualTo(1));
        Assert.That(PrecisionRanking.Rank(x, y, label: 2)[0], Is.EqualTo(2));
        Assert.That(gaussian.Ordering(2), Is.SubsetOf(carriers));
    }

    [Test]
    public void ProbelessScoresAreDistancesBetweenClassMeans()
    {
        var x = tensor(
            new float[,]
            {
                { 0, 5, 1 },
                { 0, 7, 1 },
                { 4, 6, 1 },
                { 1, 3, 1 },
            }
        );
        Assert.That(ProbelessRanking.Overall(x, tensor(new long[] { 0, 0, 1, 2 })), Is.EqualTo(new long[] { 0, 1, 2 }));
        Assert.That(
            ProbelessRanking.ForClass(x, tensor(new long[] { 0, 0, 1, 2 }), 2),
            Is.EqualTo(new long[] { 1, 0, 2 })
        );
    }

    [Test]
    public void AveragePrecisionFollowsItsDefinitionAndTakesEqualActivationsTogether()
    {
        // Descending: (0.9, yes) (0.8, no) (0.5, yes) (0.5, no) -> 1/2·1 + 1/2·2/4.
        var x = tensor(
            new float[,]
            {
                { 0.5f },
                { 0.9f },
                { 0.8f },
                { 0.5f },
            }
        );
        var scores = PrecisionRanking.Scores(x, tensor(new long[] { 1, 1, 0, 0 }));
        Assert.That(scores.ToDouble(), Is.EqualTo(0.75).Within(1e-12));
    }

    [Test]
    public void SmallActivationsCountAsZeroAndTheInputStays()
    {
        var x = tensor(
            new float[,]
            {
                { 0.01f },
                { 0 },
            }
        );
        Assert.That(PrecisionRanking.Scores(x, tensor(new long[] { 1, 0 })).ToDouble(), Is.EqualTo(0.5).Within(1e-12));
        Assert.That(x[0, 0].ToDouble(), Is.EqualTo(0.01).Within(1e-6));
    }

    [Test]
    public void TheGaussianOrderingIsTheGreedyOne()
    {
        var (x, y) = Clusters.Make(rows: 60, neurons: 5, apart: 1.5, type: ScalarType.Float64);
        using var probe = new GaussianProbe(x, y);
        var bits = new List<(long Neuron, double Bits)>();
        var ordering = probe.Ordering(5, new Collect<(long Neuron, double Bits)>(bits));
        var chosen = new List<long>();
        foreach (var (neuron, reached) in bits)
        {
            var candidates = Enumerable
                .Range(0, 5)
                .Select(index => (long)index)
                .Except(chosen)
                .ToDictionary(index => index, index => Bits(x, y, [.. chosen, index]));
            var best = candidates.MaxBy(entry => entry.Value).Key;
            Assert.That(neuron, Is.EqualTo(best));
            Assert.That(reached, Is.EqualTo(candidates[best]).Within(1e-9));
            chosen.Add(neuron);
        }

        Assert.That(ordering, Is.EqualTo(chosen));
    }

    [Test]
    public void AGaussianProbePredictsFromAnyNeurons()
    {
        var (x, y) = Clusters.Make(apart: 6);
        using var probe = new GaussianProbe(x, y);
        Assert.That(probe.Accuracy(x, y), Is.GreaterThan(0.98));
        Assert.That(probe.Accuracy(x, y, [0, 1]), Is.GreaterThan(0.9));
        Assert.That(probe.Accuracy(x, y, [5, 6]), Is.LessThan(0.6));
    }

    [Test]
    public void AGaussianProbeAgreesWithTheDensitiesWorkedOutByHand()
    {
        // One neuron, classes {0, 2} and {10, 12}: variance (2 + 2)/(3 + 2 + 3) about the means 1 and 11; they meet at
        // 6.
        using var probe = new GaussianProbe(
            tensor(
                new double[,]
                {
                    { 0 },
                    { 2 },
                    { 10 },
                    { 12 },
                }
            ),
            tensor(new long[] { 0, 0, 1, 1 })
        );
        var between = tensor(
            new[,]
            {
                { 5.99 },
                { 6.01 },
            }
        );
        Assert.That(probe.Predict(between).data<long>().ToArray(), Is.EqualTo(new long[] { 0, 1 }));
    }

    [Test]
    public void AnAblationKeepsOrRemovesColumns()
    {
        var x = tensor(
            new float[,]
            {
                { 1, 2, 3 },
            }
        );
        Assert.That(Ablate.Keep(x, [2, 0]).data<float>().ToArray(), Is.EqualTo(new float[] { 3, 1 }));
        Assert.That(Ablate.Remove(x, [1]).data<float>().ToArray(), Is.EqualTo(new float[] { 1, 3 }));
        Assert.That(Ablate.ZeroAllBut(x, [1]).data<float>().ToArray(), Is.EqualTo(new float[] { 0, 2, 0 }));
        Assert.That(Ablate.Zero(x, [1]).data<float>().ToArray(), Is.EqualTo(new float[] { 1, 0, 3 }));
    }

    [Test]
    public void AccuracyRisesWithTheNeuronsKept()
    {
        var (x, y) = Clusters.Make(apart: 5);
        using var probe = LinearProbe.Train(x, y, new ProbeOptions { L2 = 0.001 });
        var best = NeuronSelection.Ordering(probe).Complete(probe.Neurons);
        var kept = AblationCurve.OfProbe(probe, x, y, best);
        var trained = AblationCurve.Retrained((x, y), (x, y), best, counts: [1, 3]);
        Assert.That(kept.Points.Select(point => point.Neurons), Is.EqualTo(new long[] { 1, 2, 4, 8, 12 }));
        Assert.That(kept.Points[^1].Score, Is.GreaterThan(kept.Points[0].Score));
        Assert.That(trained.Points[1].Score, Is.GreaterThan(0.98));
    }

    [Test]
    public void RandomNeuronsAreAsManyAsExpectedAndTheSameForASeed()
    {
        var neurons = NeuronSelection.Random(10_000, 0.3, seed: 5);
        Assert.That(neurons.Count, Is.EqualTo(3000).Within(150));
        Assert.That(NeuronSelection.Random(10_000, 0.3, seed: 5), Is.EqualTo(neurons));
        Assert.That(NeuronSelection.Random(10, 1), Has.Count.EqualTo(10));
    }

    [Test]
    public void TheBottomNeuronsAreTheEndOfTheOrdering()
    {
        using var probe = new LinearProbe(
            tensor(
                new float[,]
                {
                    { 4, -1, 2, 0.5f },
                }
            ),
            zeros(1)
        );
        Assert.That(NeuronSelection.FixedNumberOfBottom(probe, 2), Is.EquivalentTo(new long[] { 1, 3 }));
        Assert.That(NeuronSelection.FixedNumberOfBottom(probe, 0), Is.Empty);
    }

    /// <summary>Mutual information in bits, by whole multivariate Gaussians with the documented prior.</summary>
    private static double Bits(Tensor x, Tensor y, long[] neurons)
    {
        using var inner = NewDisposeScope();
        var index = tensor(neurons);
        var all = x.shape[1];
        var logs = new List<Tensor>();
        double entropy = 0;
        for (long label = 0; label < 3; label++)
        {
            var rows = x.index_select(0, y.eq(label).nonzero().squeeze(1));
            var share = (double)rows.shape[0] / x.shape[0];
            entropy -= share * Math.Log(share);
            var centered = rows - rows.mean([0]);
            var scatter = centered.t().mm(centered);
            var covariance =
                (scatter + (scatter.diagonal() / (rows.shape[0] - 1)).diag()) / ((2 * all) + 4 + rows.shape[0]);
            var part = covariance.index_select(0, index).index_select(1, index);
            var difference = (x - rows.mean([0])).index_select(1, index);
            var distance = difference.mm(linalg.inv(part)).mul(difference).sum(1);
            logs.Add(
                ((distance + linalg.slogdet(part).Item2 + (neurons.Length * Math.Log(2 * Math.PI))) * -0.5)
                    + Math.Log(share)
            );
        }

        var joint = stack(logs, 1);
        var posterior = joint - joint.logsumexp(1, keepdim: true);
        return (entropy + posterior.gather(1, y.unsqueeze(1)).mean().ToDouble()) / Math.Log(2);
    }
}
