using Lrp.Composites;
using Lrp.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Rules;

/// <summary>Rules in narrow element types, on first layers with few channels and on others.</summary>
[TestFixture]
public sealed class HalfPrecisionTests
{
    private static IEnumerable<BackwardRule> Rules() =>
        [
            LrpRule.Epsilon(),
            LrpRule.ZPlus(),
            LrpRule.AlphaBeta(),
            LrpRule.Gamma(),
            LrpRule.Flat(),
            LrpRule.WSquare(),
            LrpRule.ZBox(-3, 3),
        ];

    [Test]
    public void AConvolutionInBfloat16HasFiniteRelevanceNearThatInSinglePrecision(
        [ValueSource(nameof(Rules))] BackwardRule rule,
        [Values(1, 3, 8)] int channels,
        [Values(1, 2)] int stride
    )
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var layer = nn.Conv2d(channels, 6, 3, stride: stride, padding: 1, bias: false);
        using (no_grad())
        {
            layer.weight!.abs_(); // no denominator is near zero, where rounding decides
        }

        var x = rand(2, channels, 8, 8) + 0.5;
        var start = rand(2, 6, 8 / stride, 8 / stride);
        var single = Relevance(layer, rule, x, start);
        var half = Relevance(
            layer.to(ScalarType.BFloat16),
            rule,
            x.to(ScalarType.BFloat16),
            start.to(ScalarType.BFloat16)
        );

        Assert.That(half.isfinite().all().item<bool>(), Is.True);
        var error = (half.to(ScalarType.Float32) - single).abs().max() / single.abs().max();
        Assert.That(error.item<float>(), Is.LessThan(0.2));
    }

    [TestCaseSource(nameof(Rules))]
    public void InFloat16AnOutputToWhichNothingContributesLeavesTheRestAsItIs(BackwardRule rule)
    {
        using var scope = NewDisposeScope();
        var layer = nn.Linear(2, 2, hasBias: false);
        using (no_grad())
        {
            layer.weight!.copy_(
                tensor(
                    new[,]
                    {
                        { 1f, 1 },
                        { -1, -1 },
                    }
                )
            );
        }

        var x = ones(1, 2);
        var start = ones(1, 2);
        var single = Relevance(layer, rule, x, start);
        var half = Relevance(
            layer.to(ScalarType.Float16),
            rule,
            x.to(ScalarType.Float16),
            start.to(ScalarType.Float16)
        );

        Assert.That(half.to(ScalarType.Float32).allclose(single, rtol: 0.01, atol: 0.01), Is.True, half.str());
    }

    private static Tensor Relevance(nn.Module<Tensor, Tensor> layer, BackwardRule rule, Tensor x, Tensor start)
    {
        using var registration = new Composite { { typeof(nn.Module), rule } }.Register(
            layer,
            start: RelevanceStart.Gradient
        );
        var leaf = x.detach().clone().requires_grad_();
        layer.call(leaf).backward([start]);
        registration.ThrowIfFaulted();
        return leaf.grad!;
    }
}
