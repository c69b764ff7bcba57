using Lrp.Composites;
using Lrp.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Rules;

/// <summary>
/// By their own formula, rules for linear layers treat an average pool as the convolution that it is.
/// </summary>
[TestFixture]
public sealed class AveragePoolingTests
{
    private static IEnumerable<BackwardRule> Rules() =>
        [
            LrpRule.ZPlus(1e-12),
            LrpRule.AlphaBeta(2, 1, 1e-12),
            LrpRule.AlphaBeta(1, 0, 1e-12),
            LrpRule.Gamma(0.25, 1e-12),
            LrpRule.Flat(1e-12),
            LrpRule.WSquare(1e-12),
            LrpRule.ZBox(-3, 3, 1e-12),
            LrpRule.Epsilon(1e-12),
        ];

    [TestCaseSource(nameof(Rules))]
    public void AnAveragePoolHasTheRelevanceOfTheConvolutionWithEqualWeights(BackwardRule rule)
    {
        using var scope = NewDisposeScope();
        manual_seed(4);
        var pool = nn.AvgPool2d(2);
        var convolution = nn.Conv2d(3, 3, 2, stride: 2, groups: 3, bias: false).to(ScalarType.Float64);
        using (no_grad())
        {
            convolution.weight!.fill_(0.25);
        }

        var x = randn(2, 3, 6, 4, ScalarType.Float64);
        var start = randn(2, 3, 3, 2, ScalarType.Float64);
        Assert.That(
            Relevance(pool, rule, x, start).allclose(Relevance(convolution, rule, x, start), 1e-8, 1e-9),
            Is.True
        );
    }

    private static IEnumerable<BackwardRule> StabilizedRules() => [LrpRule.WSquare(0.1), LrpRule.Flat(0.1)];

    /// <summary>A denominator with a large ε depends on the size of the weights.</summary>
    [TestCaseSource(nameof(StabilizedRules))]
    public void PowersOfTheWeightsOfAnAveragePoolAreThoseOfTheConvolution(BackwardRule rule) =>
        AnAveragePoolHasTheRelevanceOfTheConvolutionWithEqualWeights(rule);

    private static IEnumerable<TestCaseData> Windows()
    {
        foreach (var rule in StabilizedRules())
        {
            yield return new TestCaseData(nn.AvgPool1d(3, 2, 1), rule, new long[] { 2, 9 });
            yield return new TestCaseData(
                nn.AvgPool2d(3, 2, 1, ceil_mode: true, count_include_pad: false),
                rule,
                new long[] { 2, 6, 9 }
            );
            yield return new TestCaseData(nn.AvgPool2d(2, divisor_override: 3), rule, new long[] { 2, 6, 4 });
            yield return new TestCaseData(nn.AdaptiveAvgPool2d([3, 2]), rule, new long[] { 2, 7, 5 });
            yield return new TestCaseData(nn.AvgPool3d([2, 1, 2]), rule, new long[] { 1, 4, 3, 4 });
        }
    }

    /// <summary>The weights of windows at a border, or of different sizes, differ from window to window.</summary>
    [TestCaseSource(nameof(Windows))]
    public void WindowsOfEverySizeHaveTheRelevanceOfTheirMatrix(
        nn.Module<Tensor, Tensor> pool,
        BackwardRule rule,
        long[] sample
    )
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        var inputs = sample.Aggregate(1L, (product, length) => product * length);
        var columns = pool.forward(eye(inputs, dtype: ScalarType.Float64).reshape([inputs, .. sample]));
        var x = randn([3, .. sample], ScalarType.Float64);
        var start = randn([3, .. columns.shape[1..]], ScalarType.Float64);

        // A weight outside a window is zero in the matrix, which Flat would count.
        var weights = rule.ToString().StartsWith("Flat", StringComparison.Ordinal)
            ? columns.flatten(1).ne(0).to(ScalarType.Float64)
            : columns.flatten(1).square();
        var expected = (start.flatten(1) / (weights.sum(0L) + 0.1)).matmul(weights.t()).reshape(x.shape);
        Assert.That(Relevance(pool, rule, x, start).allclose(expected, 1e-8, 1e-9), Is.True);
    }

    private static Tensor Relevance(nn.Module<Tensor, Tensor> layer, BackwardRule rule, Tensor x, Tensor start)
    {
        using var registration = new Composite { { typeof(nn.Module), rule } }.Register(
            layer,
            start: RelevanceStart.Gradient
        );
        var leaf = x.clone().requires_grad_();
        layer.call(leaf).backward([start]);
        registration.ThrowIfFaulted();
        return leaf.grad!;
    }
}
