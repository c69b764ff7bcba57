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
