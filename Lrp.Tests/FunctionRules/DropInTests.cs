using Lrp.Rules.FunctionRules;
using static Lrp.Tests.FunctionRules.Explained;
using static TorchSharp.torch;

namespace Lrp.Tests.FunctionRules;

public class DropInTests
{
    private const double Tolerance = 1e-6;

    [Test]
    public void AdditionSharesInProportion()
    {
        var (a, b, r) = (Away(1, 3, 4), Away(2, 3, 4) * 3, Away(3, 3, 4));
        var shares = Shares(x => Relevance.add(x[0], x[1]), r, a, b);
        Assert.That(Distance(shares[0]!, a * r / (a + b)), Is.LessThan(Tolerance));
        Assert.That(Distance(shares[0]! + shares[1]!, r), Is.LessThan(Tolerance));
    }

    [Test]
    public void ABroadcastOperandTakesTheSumOfItsShares()
    {
        var (a, b, r) = (Away(1, 3, 4), Away(2, 4) * 3, Away(3, 3, 4));
        var shares = Shares(x => Relevance.add(x[0], x[1]), r, a, b);
        Assert.That(shares[1]!.shape, Is.EqualTo(new long[] { 4 }));
        Assert.That(Distance(shares[1]!, (b * r / (a + b)).sum([0L])), Is.LessThan(Tolerance));
    }

    [Test]
    public void SubtractionSharesInProportion()
    {
        var (a, b, r) = (Away(1, 3, 4), Away(2, 3, 4) * 3, Away(3, 3, 4));
        var shares = Shares(x => Relevance.sub(x[0], x[1]), r, a, b);
        Assert.That(Distance(shares[1]!, -b * r / (a - b)), Is.LessThan(Tolerance));
    }

    [Test]
    public void AnAddedNumberAbsorbsItsPart()
    {
        var (a, r) = (Away(1, 5).abs(), Away(3, 5));
        var share = Shares(x => Relevance.add(x[0], 2), r, a)[0]!;
        Assert.That(Distance(share, a * r / (a + 2)), Is.LessThan(Tolerance));
    }

    [Test]
    public void TwoMasksOfMinusInfinityLeaveNoNaN()
    {
        var (scores, r) = (Away(1, 2, 3), Away(2, 2, 3));
        var mask = zeros(2, 3, ScalarType.Float64);
        mask[0, 1] = double.NegativeInfinity;
        var share = Shares(x => Relevance.softmax(Relevance.add(Relevance.add(x[0], mask), mask), -1), r, scores)[0]!;
        Assert.That(share.isfinite().all().item<bool>());
        Assert.That(share[0, 1].item<double>(), Is.Zero);
    }

    [Test]
    public void FactorsTakeEqualShares()
    {
        var (a, b, r) = (Away(1, 3, 4), Away(2, 3, 4), Away(3, 3, 4));
        var shares = Shares(x => Relevance.mul(x[0], x[1]), r, a, b);
        Assert.That(SameBits(shares[0]!, r / 2) && SameBits(shares[1]!, r / 2));
    }

    [Test]
    public void AConstantFactorTakesNone()
    {
        var (a, b, r) = (Away(1, 3, 4), Away(2, 3, 4), Away(3, 3, 4));
        Assert.That(SameBits(Shares(x => Relevance.mul(x[0], b), r, a)[0]!, r));
        Assert.That(SameBits(Shares(x => Relevance.mul(x[0], 3), r, a)[0]!, r));
        Assert.That(SameBits(Shares(x => Relevance.div(x[0], b), r, a)[0]!, r));
        Assert.That(SameBits(Shares(x => Relevance.div(x[0], 3), r, a)[0]!, r));
    }

    [Test]
    public void AParameterIsAConstant()
    {
        using var parameter = new TorchSharp.Modules.Parameter(Away(2, 4));
        var (a, r) = (Away(1, 3, 4), Away(3, 3, 4));
        Assert.That(SameBits(Shares(x => Relevance.mul(x[0], parameter), r, a)[0]!, r));
        Assert.That(parameter.grad, Is.Null);
    }

    [Test]
    public void DividingByWhatCarriesRelevanceHasNoRule()
    {
        using var a = Away(1, 3).requires_grad_();
        Assert.That(
            () => Relevance.div(a, a),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("detach()")
        );
    }

    [TestCase(new long[] { 2, 3, 6, 8 }, new long[] { 2, 3, 8, 5 })]
    [TestCase(new long[] { 2, 3, 6, 8 }, new long[] { 8, 5 })]
    [TestCase(new long[] { 6, 8 }, new long[] { 2, 8, 5 })]
    [TestCase(new long[] { 8 }, new long[] { 8, 5 })]
    [TestCase(new long[] { 6, 8 }, new long[] { 8 })]
    [TestCase(new long[] { 4, 6, 8 }, new long[] { 8 })]
    [TestCase(new long[] { 8 }, new long[] { 4, 8, 5 })]
    [TestCase(new long[] { 8 }, new long[] { 8 })]
    public void EachFactorOfAProductTakesHalf(long[] left, long[] right)
    {
        var (a, b) = (Away(1, left), Away(2, right));
        var product = a.matmul(b);
        var r = Away(3, product.shape);
        var shares = Shares(x => Relevance.matmul(x[0], x[1]), r, a, b);
        var plain = Shares(x => x[0].matmul(x[1]), r / (2 * product), a, b);
        Assert.That(Distance(shares[0]!, plain[0]! * a), Is.LessThan(Tolerance));
        Assert.That(Distance(shares[1]!, plain[1]! * b), Is.LessThan(Tolerance));
        Assert.That(shares[0]!.sum().item<double>(), Is.EqualTo(r.sum().item<double>() / 2).Within(1e-6));
    }

    [Test]
    public void AConstantMatrixLeavesTheOtherAllRelevance()
    {
        var (a, b) = (Away(1, 3, 4), Away(2, 4, 5));
        var r = Away(3, 3, 5);
        var share = Shares(x => Relevance.matmul(x[0], b), r, a)[0]!;
        Assert.That(share.sum().item<double>(), Is.EqualTo(r.sum().item<double>()).Within(1e-6));
    }

    [TestCase("ij,jk->ik", new long[] { 3, 4 }, new long[] { 4, 5 })]
    [TestCase("bhid,bhjd->bhij", new long[] { 2, 2, 3, 4 }, new long[] { 2, 2, 5, 4 })]
    [TestCase("...ij,...jk", new long[] { 2, 3, 4 }, new long[] { 2, 4, 5 })]
    [TestCase("i,j->ij", new long[] { 3 }, new long[] { 4 })]
    [TestCase("ijk,j->i", new long[] { 3, 4, 2 }, new long[] { 4 })]
    public void AnEinsteinSumSharesAsAProduct(string equation, long[] left, long[] right)
    {
        var (a, b) = (Away(1, left), Away(2, right));
        var value = einsum(equation, a, b);
        var r = Away(3, value.shape);
        var shares = Shares(x => Relevance.einsum(equation, x[0], x[1]), r, a, b);
        var plain = Shares(x => einsum(equation, x[0], x[1]), r / (2 * value), a, b);
        Assert.That(Distance(shares[0]!, plain[0]! * a), Is.LessThan(Tolerance));
        Assert.That(Distance(shares[1]!, plain[1]! * b), Is.LessThan(Tolerance));
    }

    [Test]
    public void ADiagonalInAnEinsteinSumIsRefused()
    {
        using var a = Away(1, 3, 3).requires_grad_();
        Assert.That(
            () => Relevance.einsum("ii->i", a),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("diagonal")
        );
    }

    [Test]
    public void ALinearMapAbsorbsTheBias()
    {
        var (x, w, b, r) = (Away(1, 3, 4), Away(2, 5, 4), Away(3, 5), Away(4, 3, 5));
        var shares = Shares(v => Relevance.linear(v[0], v[1], v[2], 1e-12), r, x, w, b);
        Assert.That(Distance(shares[0]!, x * (r / (x.matmul(w.t()) + b)).matmul(w)), Is.LessThan(Tolerance));
        Assert.That((shares[1], shares[2]), Is.EqualTo(((Tensor?)null, (Tensor?)null)));
    }

    [Test]
    public void SoftmaxFollowsTheTaylorDecomposition()
    {
        var (x, r) = (Away(1, 2, 5), Away(2, 2, 5));
        var s = x.softmax(-1);
        var share = Shares(v => Relevance.softmax(v[0], -1), r, x)[0]!;
        Assert.That(Distance(share, x * (r - s * r.sum(-1, true))), Is.LessThan(Tolerance));
    }

    [Test]
    public void SoftmaxSumsAlongItsOwnDimension()
    {
        var (x, r) = (Away(1, 2, 5), Away(2, 2, 5));
        var along = Shares(v => Relevance.softmax(v[0], 0), r, x)[0]!;
        var turned = Shares(v => Relevance.softmax(v[0], 1), r.t(), x.t())[0]!;
        Assert.That(Distance(along, turned.t()), Is.LessThan(1e-12));
    }

    [Test]
    public void AMaskedScoreTakesNone()
    {
        var (x, r) = (Away(1, 2, 5), Away(2, 2, 5));
        x[0, 2] = double.NegativeInfinity;
        var share = Shares(v => Relevance.softmax(v[0], -1), r, x)[0]!;
        Assert.That(share.isfinite().all().item<bool>());
        Assert.That(share[0, 2].item<double>(), Is.Zero);
    }

    [Test]
    public void ATemperatureIsHandedOnEntire()
    {
        var (x, r) = (Away(1, 2, 5), Away(2, 2, 5));
        var hot = Shares(v => Relevance.softmax(v[0], -1, temperature: 2), r, x)[0]!;
        var scaled = Shares(v => Relevance.softmax(v[0], -1), r, x / 2)[0]!;
        Assert.That(Distance(hot, scaled), Is.LessThan(1e-12));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void AMeanSharesInProportion(bool keepdim)
    {
        var x = Away(1, 3, 4, 2);
        var r = Away(2, 3, 1, 1);
        var share = Shares(v => Relevance.mean(v[0], [1, -1], keepdim), keepdim ? r : r.reshape(3), x)[0]!;
        Assert.That(Distance(share, x * r / x.sum([1, 2], true)), Is.LessThan(Tolerance * 10));
    }

    [Test]
    public void ASumOverEverythingSharesInProportion()
    {
        var x = Away(1, 3, 4).abs();
        var share = Shares(v => Relevance.sum(v[0]), ones([], ScalarType.Float64), x)[0]!;
        Assert.That(Distance(share, x / x.sum()), Is.LessThan(Tolerance));
    }

    [Test]
    public void LayerNormalizationTakesItsDeviationAsConstant()
    {
        var (x, w, b, r) = (Away(1, 3, 8), Away(2, 8), Away(3, 8) * 4, Away(4, 3, 8));
        var share = Shares(v => Relevance.layer_norm(v[0], [8], w, b, epsilon: 1e-12), r, x)[0]!;
        var leaf = x.clone().requires_grad_();
        var deviation = (x.var(-1, false, true) + 1e-5).sqrt();
        var y = (leaf - leaf.mean([-1], true)) / deviation * w + b;
        y.backward([r / y.detach()]);
        Assert.That(Distance(share, leaf.grad! * x), Is.LessThan(Tolerance));
    }

    [Test]
    public void NormalizationsHandRelevanceOn()
    {
        var (x, r) = (Away(1, 3, 8), Away(4, 3, 8));
        Assert.That(SameBits(Shares(v => Relevance.rms_norm(v[0], [8], Away(2, 8)), r, x)[0]!, r));
        Assert.That(SameBits(Shares(v => Relevance.normalize(v[0], dim: -1), r, x)[0]!, r));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void AttentionHasTorchsValue(bool causal)
    {
        var (q, k, v) = (Away(1, 2, 4, 8), Away(2, 2, 4, 8), Away(3, 2, 4, 8));
        var ours = Relevance.scaled_dot_product_attention(q.clone().requires_grad_(), k, v, is_casual: causal);
        Assert.That(
            Distance(ours, nn.functional.scaled_dot_product_attention(q, k, v, is_casual: causal)),
            Is.LessThan(1e-12)
        );
    }

    [Test]
    public void AttentionIsMadeOfProductsAndASoftmax()
    {
        var (q, k, v, r) = (Away(1, 2, 4, 8), Away(2, 2, 4, 8), Away(3, 2, 4, 8), Away(4, 2, 4, 8));
        var whole = Shares(x => Relevance.scaled_dot_product_attention(x[0], x[1], x[2]), r, q, k, v);
        var parts = Shares(
            x =>
                Relevance.matmul(
                    Relevance.softmax(Relevance.matmul(Relevance.div(x[0], Math.Sqrt(8)), x[1].transpose(-2, -1)), -1),
                    x[2]
                ),
            r,
            q,
            k,
            v
        );
        Assert.That(Enumerable.Range(0, 3).All(n => SameBits(whole[n]!, parts[n]!)));
    }

    [Test]
    public void WithoutGradientsADropInIsTheFunction()
    {
        using var a = Away(1, 3, 4).requires_grad_();
        using (no_grad())
        {
            Assert.That(Relevance.add(a, a).requires_grad, Is.False);
        }

        Assert.That(Relevance.softmax(a.detach(), -1).requires_grad, Is.False);
    }

    [Test]
    public void AnOutputChangedInPlaceIsComputedAgain()
    {
        var (a, b, r) = (Away(1, 3, 4), Away(2, 4, 5), Away(3, 3, 5));
        var changed = Shares(x => Relevance.matmul(x[0], x[1]).mul_(2), r, a, b);
        var plain = Shares(x => Relevance.matmul(x[0], x[1]) * 2, r, a, b);
        Assert.That(SameBits(changed[0]!, plain[0]!));
    }

    [Test]
    public void AnOperandChangedInPlaceIsReportedAndGivesNaN()
    {
        var (a, b, r) = (Away(1, 3, 4), Away(2, 3, 4), Away(3, 3, 4));
        var shares = Shares(
            x =>
            {
                var copy = x[0].clone();
                var sum = Relevance.add(copy, x[1]);
                copy.mul_(2);
                return sum;
            },
            r,
            a,
            b
        );
        Assert.That(shares[0]!.isnan().all().item<bool>());
        Assert.That(
            Relevance.ThrowIfFaulted,
            Throws.TypeOf<Lrp.Core.RelevanceException>().With.Message.Contains("add")
        );
        Assert.That(Relevance.ThrowIfFaulted, Throws.Nothing);
    }

    [Test]
    public void BackwardTwiceGivesTheSame()
    {
        using var a = Away(1, 3, 4).requires_grad_();
        var product = Relevance.matmul(a, Away(2, 4, 5)).sum();
        product.backward(retain_graph: true);
        var first = a.grad!.clone();
        a.grad.zero_();
        product.backward();
        Assert.That(SameBits(first, a.grad));
    }

    [TestCase(ScalarType.Float32, 1e-4)]
    [TestCase(ScalarType.BFloat16, 0.1)]
    public void NarrowNumbersAgreeWithWide(ScalarType type, double tolerance)
    {
        var (x, r) = (Away(1, 3, 8), Away(2, 3, 8));
        var wide = Shares(v => Relevance.softmax(Relevance.add(v[0], 1.5), -1), r, x)[0]!;
        var narrow = Shares(v => Relevance.softmax(Relevance.add(v[0], 1.5), -1), r.to_type(type), x.to_type(type))[0]!;
        Assert.That(narrow.dtype, Is.EqualTo(type));
        Assert.That(Distance(narrow.to_type(ScalarType.Float64), wide), Is.LessThan(tolerance));
    }
}
