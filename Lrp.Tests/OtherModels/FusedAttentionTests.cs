using Lrp.Composites;
using Lrp.Core;
using Lrp.Rules.FunctionRules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Lrp.Tests.OtherModels;

/// <summary>Attention as one fused operator has the rules that its parts have when they are written out.</summary>
[TestFixture]
public sealed class FusedAttentionTests
{
    private static IEnumerable<TestCaseData> Rules() =>
        new (string Name, Rule? Rule)[]
        {
            ("AttnLRP", LrpRule.TaylorAtInput()),
            ("CP-LRP", LrpRule.StopRelevance()),
            ("identity", LrpRule.Identity()),
            ("plain gradient", null),
        }.Select(entry => new TestCaseData(entry.Rule).SetArgDisplayNames(entry.Name));

    [TestCaseSource(nameof(Rules))]
    public void ItsSoftmaxHasTheRuleOfTheEntryForSoftmax(Rule? rule)
    {
        using var scope = NewDisposeScope();
        var composite = new Composite { { Functions.Softmax, rule }, Functions.AttnLrp };
        var fused = Relevance(composite, x => scaled_dot_product_attention(x, x.flip([-1]), x * x, is_casual: true));
        var written = Relevance(
            composite,
            x =>
            {
                var scores = (x / Math.Sqrt(8)).matmul(x.flip([-1]).transpose(-2, -1));
                var later = ones(4, 4, ScalarType.Bool).tril().logical_not();
                return scores.masked_fill(later, double.NegativeInfinity).softmax(-1).matmul(x * x);
            }
        );
        Assert.That(fused.allclose(written, 1e-12, 1e-12), Is.True);
    }

    [Test]
    public void WithoutAnEntryForSoftmaxItHasTheRuleOfAttnLrp()
    {
        using var scope = NewDisposeScope();
        static Tensor Model(Tensor x) => scaled_dot_product_attention(x, x, x);
        var alone = Relevance(
            new Composite { { Functions.ScaledDotProductAttention, LrpRule.UniformEpsilon(1e-8) } },
            Model
        );
        Assert.That(alone.allclose(Relevance(new Composite { Functions.AttnLrp }, Model), 1e-12, 1e-12), Is.True);
    }

    private static Tensor Relevance(Composite composite, Func<Tensor, Tensor> function)
    {
        using var model = new Function(function);
        using var registration = composite.Register(model);
        var x = arange(32, ScalarType.Float64).mul(1.3).sin().reshape(1, 1, 4, 8).requires_grad_();
        model.call(x)[0, 0, 3, 2].backward();
        registration.ThrowIfFaulted();
        return x.grad!;
    }
}
