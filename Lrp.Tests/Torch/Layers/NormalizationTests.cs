using TorchSharp;
using TorchSharp.Modules;
using static Lrp.Tests.Torch.Layers.Numbers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lrp.Tests.Torch.Layers;

public sealed class NormalizationTests
{
    [SetUp]
    public void Seed() => manual_seed(3);

    /// <summary>(v − mean) / √(var + eps) of the entries that share a group.</summary>
    private static double[] Normalized(double[] values, Func<int, int> group, double eps)
    {
        var mean = values.Select((v, i) => (v, g: group(i))).GroupBy(a => a.g).ToDictionary(g => g.Key, g => g.Average(a => a.v));
        var variance = values.Select((v, i) => (v, g: group(i))).GroupBy(a => a.g)
            .ToDictionary(g => g.Key, g => g.Average(a => (a.v - mean[g.Key]) * (a.v - mean[g.Key])));
        return [.. values.Select((v, i) => (v - mean[group(i)]) / Math.Sqrt(variance[group(i)] + eps))];
    }

    [Test]
    public void BatchNormNormalizesWithTheBatchWhileTraining()
    {
        using var scope = NewDisposeScope();
        BatchNorm2d norm = BatchNorm2d(3, eps: 1e-3, dtype: ScalarType.Float64);
        norm.weight = Parameter(Random(3));
        norm.bias = Parameter(Random(3));
        Tensor x = Random(2, 3, 2, 2);
        double[] w = Of(norm.weight), b = Of(norm.bias!);
        double[] expected = [.. Normalized(Of(x), i => i / 4 % 3, 1e-3).Select((v, i) => v * w[i / 4 % 3] + b[i / 4 % 3])];
        AreClose(norm.call(x), expected);
    }

    [Test]
    public void BatchNormKeepsRunningStatisticsWhileTraining()
    {
        using var scope = NewDisposeScope();
        BatchNorm1d norm = BatchNorm1d(2, momentum: 0.25, dtype: ScalarType.Float64);
        norm.call(tensor(new[] { 1.0, 10, 3, 30 }).view(2, 2));
        AreClose(norm.running_mean!, [0.25 * 2, 0.25 * 20]);
        AreClose(norm.running_var!, [0.75 + 0.25 * 2, 0.75 + 0.25 * 200]);
        Assert.That(norm.num_batches_tracked!.to(ScalarType.Int64).item<long>(), Is.EqualTo(1));
    }

    [Test]
    public void BatchNormUsesTheRunningStatisticsInEvaluation()
    {
        using var scope = NewDisposeScope();
        BatchNorm1d norm = BatchNorm1d(2, eps: 0, dtype: ScalarType.Float64);
        norm.running_mean = tensor(new[] { 1.0, 2 });
        norm.running_var = tensor(new[] { 4.0, 9 });
        norm.eval();
        AreClose(norm.call(tensor(new[] { 3.0, 8 }).view(1, 2)), [1, 2]);
        AreClose(norm.running_mean!, [1, 2]);
    }

    [Test]
    public void BatchNormWithoutTrackingNormalizesWithTheBatchInEvaluationToo()
    {
        using var scope = NewDisposeScope();
        BatchNorm1d norm = BatchNorm1d(2, affine: false, track_running_stats: false, dtype: ScalarType.Float64);
        norm.eval();
        Tensor x = Random(5, 2);
        AreClose(norm.call(x), Normalized(Of(x), i => i % 2, 1e-5));
        HasParameters(norm);
    }

    [Test]
    public void BatchNormHasPyTorchsStateDict()
    {
        using BatchNorm3d norm = BatchNorm3d(4);
        HasParameters(
            norm, ("weight", [4]), ("bias", [4]), ("running_mean", [4]), ("running_var", [4]), ("num_batches_tracked", []));
        Assert.That(norm.num_batches_tracked!.dtype, Is.EqualTo(ScalarType.Int64));
    }

    [Test]
    public void ResettingForgetsTheRunningStatistics()
    {
        using var scope = NewDisposeScope();
        BatchNorm1d norm = BatchNorm1d(2);
        norm.call(randn(4, 2));
        norm.reset_running_stats();
        AreClose(norm.running_mean!, [0, 0]);
        AreClose(norm.running_var!, [1, 1]);
    }

    [Test]
    public void AWrongNumberOfDimensionsIsNamed()
    {
        using BatchNorm2d norm = BatchNorm2d(3);
        using Tensor x = ones(2, 3);
        Assert.That(() => norm.call(x), Throws.ArgumentException.With.Message.Contains("4D"));
    }

    [Test]
    public void InstanceNormNormalizesEachChannelOfEachSample()
    {
        using var scope = NewDisposeScope();
        InstanceNorm2d norm = InstanceNorm2d(3, dtype: ScalarType.Float64);
        Tensor x = Random(2, 3, 2, 3);
        AreClose(norm.call(x), Normalized(Of(x), i => i / 6, 1e-5));
        AreClose(norm.call(x.select(0, 0)), norm.call(x).select(0, 0));
    }

    [Test]
    public void InstanceNormCountsChannels()
    {
        using InstanceNorm1d norm = InstanceNorm1d(3);
        using Tensor x = ones(2, 4, 5);
        Assert.Throws<ArgumentException>(() => norm.call(x));
    }

    [Test]
    public void LayerNormNormalizesTheLastDimensions()
    {
        using var scope = NewDisposeScope();
        LayerNorm norm = LayerNorm([2, 3], dtype: ScalarType.Float64);
        norm.weight = Parameter(Random(2, 3));
        norm.bias = Parameter(Random(2, 3));
        Tensor x = Random(4, 2, 3);
        double[] w = Of(norm.weight), b = Of(norm.bias!);
        AreClose(norm.call(x), [.. Normalized(Of(x), i => i / 6, 1e-5).Select((v, i) => v * w[i % 6] + b[i % 6])]);
        HasParameters(norm, ("weight", [2, 3]), ("bias", [2, 3]));
    }

    [Test]
    public void LayerNormMayHaveNoParameters()
    {
        using var scope = NewDisposeScope();
        HasParameters(LayerNorm(3, elementwise_affine: false));
        HasParameters(LayerNorm(3, bias: false), ("weight", [3]));
    }

    [Test]
    public void GroupNormNormalizesGroupsOfChannels()
    {
        using var scope = NewDisposeScope();
        GroupNorm norm = GroupNorm(2, 4, dtype: ScalarType.Float64);
        Tensor x = Random(3, 4, 5);
        AreClose(norm.call(x), Normalized(Of(x), i => i / 10, 1e-5));
        HasParameters(norm, ("weight", [4]), ("bias", [4]));
    }

    [Test]
    public void LocalResponseNormDividesByNeighbours()
    {
        using var scope = NewDisposeScope();
        LocalResponseNorm norm = LocalResponseNorm(3, alpha: 0.5, beta: 0.75, k: 2);
        Tensor x = Random(1, 4, 2);
        var expected = new double[8];
        for (int c = 0; c < 4; c++)
        {
            for (int l = 0; l < 2; l++)
            {
                double squares = 0;
                for (int n = Math.Max(0, c - 1); n <= Math.Min(3, c + 1); n++)
                {
                    squares += Math.Pow(At(x, 0, n, l), 2);
                }

                expected[c * 2 + l] = At(x, 0, c, l) / Math.Pow(2 + 0.5 * squares / 3, 0.75);
            }
        }

        AreClose(norm.call(x), expected);
    }
}
