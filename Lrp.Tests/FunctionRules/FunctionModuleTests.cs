using Lrp.Composites;
using Lrp.Core;
using Lrp.Rules;
using Lrp.Rules.FunctionRules;
using TorchSharp;
using static Lrp.Tests.FunctionRules.Explained;
using static TorchSharp.torch;
using M = Lrp.Rules.Modules;

namespace Lrp.Tests.FunctionRules;

public class FunctionModuleTests
{
    private static IEnumerable<TestCaseData> OfTwo()
    {
        yield return new(new M.Add(), (Func<Tensor, Tensor, Tensor>)((a, b) => Relevance.add(a, b)))
        {
            TestName = "Add",
        };
        yield return new(new M.Sub(), (Func<Tensor, Tensor, Tensor>)((a, b) => Relevance.sub(a, b)))
        {
            TestName = "Sub",
        };
        yield return new(new M.Mul(), (Func<Tensor, Tensor, Tensor>)((a, b) => Relevance.mul(a, b)))
        {
            TestName = "Mul",
        };
        yield return new(new M.MatMul(), (Func<Tensor, Tensor, Tensor>)((a, b) => Relevance.matmul(a, b)))
        {
            TestName = "MatMul",
        };
        yield return new(
            new M.Einsum("ij,kj->ik"),
            (Func<Tensor, Tensor, Tensor>)((a, b) => Relevance.einsum("ij,kj->ik", a, b))
        )
        {
            TestName = "Einsum",
        };
        yield return new(new M.Cat(1), (Func<Tensor, Tensor, Tensor>)((a, b) => Relevance.cat([a, b], 1)))
        {
            TestName = "Cat",
        };
        yield return new(new M.Stack(1), (Func<Tensor, Tensor, Tensor>)((a, b) => Relevance.stack([a, b], 1)))
        {
            TestName = "Stack",
        };
    }

    private static IEnumerable<TestCaseData> OfOne()
    {
        yield return new(new M.Softmax(-1, 2), (Func<Tensor, Tensor>)(x => Relevance.softmax(x, -1, temperature: 2)))
        {
            TestName = "Softmax",
        };
        yield return new(new M.Mean([1]), (Func<Tensor, Tensor>)(x => Relevance.mean(x, [1]))) { TestName = "Mean" };
        yield return new(new M.Sum([0], true, 1e-6), (Func<Tensor, Tensor>)(x => Relevance.sum(x, [0], true)))
        {
            TestName = "Sum",
        };
        yield return new(new M.LayerNorm([4]), (Func<Tensor, Tensor>)(x => Relevance.layer_norm(x, [4])))
        {
            TestName = "LayerNorm",
        };
        yield return new(new M.RmsNorm([4]), (Func<Tensor, Tensor>)(x => Relevance.rms_norm(x, [4], ones(4))))
        {
            TestName = "RmsNorm",
        };
        yield return new(new M.Normalize(), (Func<Tensor, Tensor>)(x => Relevance.normalize(x)))
        {
            TestName = "Normalize",
        };
        yield return new(new M.Reshape(2, 8), (Func<Tensor, Tensor>)(x => Relevance.reshape(x, 2, 8)))
        {
            TestName = "Reshape",
        };
    }

    [TestCaseSource(nameof(OfTwo))]
    public void AModuleOfTwoHasTheDropInsRule(
        nn.Module<Tensor, Tensor, Tensor> module,
        Func<Tensor, Tensor, Tensor> dropIn
    )
    {
        var (a, b) = (Away(1, 4, 4), Away(2, 4, 4));
        var r = Away(3, dropIn(a, b).shape);
        var (ours, theirs) = (Shares(x => module.call(x[0], x[1]), r, a, b), Shares(x => dropIn(x[0], x[1]), r, a, b));
        Assert.That(SameBits(ours[0]!, theirs[0]!) && SameBits(ours[1]!, theirs[1]!));
    }

    [TestCaseSource(nameof(OfOne))]
    public void AModuleOfOneHasTheDropInsRule(nn.Module<Tensor, Tensor> module, Func<Tensor, Tensor> dropIn)
    {
        var x = Away(1, 4, 4);
        var r = Away(3, dropIn(x).shape);
        Assert.That(SameBits(Shares(v => module.call(v[0]), r, x)[0]!, Shares(v => dropIn(v[0]), r, x)[0]!));
    }

    [Test]
    public void AttentionAsAModuleHasTheDropInsRule()
    {
        var (module, x, r) = (new M.ScaledDotProductAttention(causal: true), Away(1, 2, 4, 8), Away(2, 2, 4, 8));
        Assert.That(
            SameBits(
                Shares(v => module.call(v[0], v[0], v[0]), r, x)[0]!,
                Shares(v => Relevance.scaled_dot_product_attention(v[0], v[0], v[0], is_casual: true), r, x)[0]!
            )
        );
    }

    [Test]
    public void WeightsFollowTheModuleToAnotherElementType()
    {
        var module = new M.RmsNorm([4]);
        ((nn.Module)module).to(ScalarType.Float64);
        module.load_state_dict(new Dictionary<string, Tensor> { ["weight"] = full([4], 3.0, ScalarType.Float64) });
        var x = tensor([1.0, 2.0, 3.0, 4.0]);
        var expected = x / Math.Sqrt(7.5 + 1e-6) * 3;
        Assert.That((module.call(x) - expected).abs().max().item<double>(), Is.LessThan(1e-12));
    }

    [Test]
    public void ACompositesRuleCountsForAModuleThatItMatches()
    {
        var (a, b, r) = (Away(1, 4), Away(2, 4), Away(3, 4));
        var module = new M.Add();
        using var registration = new Composite { { typeof(M.Add), new Uniform() } }.Register(
            module,
            start: RelevanceStart.Gradient
        );
        var shares = Shares(x => module.call(x[0], x[1]), r, a, b);
        Assert.That(SameBits(shares[0]!, r / 2) && SameBits(shares[1]!, r / 2));
    }
}
