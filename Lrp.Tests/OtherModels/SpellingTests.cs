using Lrp.Composites;
using Lrp.Core;
using Lrp.Rules.FunctionRules;
using static TorchSharp.torch;

namespace Lrp.Tests.OtherModels;

/// <summary>
/// However a function is spelled, its relevance is the one of the efficient rules, written out with detached factors:
/// input times gradient of the second form of each pair.
/// </summary>
[TestFixture]
public sealed class SpellingTests
{
    private static readonly Tensor Weight = arange(64, ScalarType.Float64).sin().reshape(8, 8).DetachFromDisposeScope();

    [OneTimeTearDown]
    public void Free() => Weight.Dispose();

    private static IEnumerable<TestCaseData> Cases()
    {
        yield return Case("glu", x => nn.functional.glu(x, -1), x => Glu(x));
        yield return Case("glu by chunk", x => x.chunk(2, -1)[0] * x.chunk(2, -1)[1].sigmoid(), x => Glu(x));
        yield return Case(
            "a root mean square by einsum",
            x => x * (einsum("bij,bij->bi", x, x) / 8 + 1e-5).rsqrt().unsqueeze(-1),
            x => x * (x.pow(2).mean([-1], true) + 1e-5).rsqrt().detach()
        );
        yield return Case(
            "a root mean square by matmul",
            x => x / (x.unsqueeze(-2).matmul(x.unsqueeze(-1)).squeeze(-1) / 8).sqrt(),
            x => x / x.pow(2).mean([-1], true).sqrt().detach()
        );
        yield return Case("normalize", x => nn.functional.normalize(x, 2, -1), x => x / x.norm(-1, true).detach());
        yield return Case(
            "a division by the sum",
            x =>
            {
                var size = x.abs();
                return size / size.sum(-1, true);
            },
            x => x.abs() / x.abs().sum(-1, true).detach()
        );
        yield return Case(
            "an activation in two views",
            x => (x.view(-1, 40) * x.view(-1, 40).sigmoid()).view(-1, 5, 8),
            x => x * x.sigmoid().detach()
        );
        yield return Case(
            "an activation, the gate transposed",
            x => x.transpose(1, 2) * x.sigmoid().transpose(1, 2),
            x => (x * x.sigmoid().detach()).transpose(1, 2)
        );
        yield return Case("softmax by log_softmax", x => x.log_softmax(-1).exp(), x => x.softmax(-1));
        yield return Case("softmax by logsumexp", x => (x - x.logsumexp(-1, true)).exp(), x => x.softmax(-1));
        yield return Case("softmax by 1/sum", x => x.exp() * (1 / x.exp().sum(-1, true)), x => x.softmax(-1));
        yield return Case(
            "softmax by reciprocal",
            x => x.exp() * x.exp().sum(-1, true).reciprocal(),
            x => x.softmax(-1)
        );
        yield return Case(
            "softmax in place",
            x =>
            {
                var shifted = (x - x.amax([-1], true)).exp_();
                return shifted.div_(shifted.sum(-1, true));
            },
            x => x.softmax(-1)
        );
        yield return Case(
            "softmax, the largest score detached",
            x =>
            {
                var shifted = (x - x.amax([-1], true).detach()).exp();
                return shifted / shifted.sum(-1, true);
            },
            x => x.softmax(-1)
        );
        yield return Case(
            "softmax with a mask of zeros and ones",
            x =>
            {
                var masked = x.exp() * Mask();
                return masked / masked.sum(-1, true);
            },
            x => x.masked_fill(Mask().eq(0), double.NegativeInfinity).softmax(-1)
        );
        yield return Case(
            "a norm with a lower bound, by maximum",
            x => x / maximum(x.norm(-1, true), tensor(1e-12, ScalarType.Float64)),
            x => x / x.norm(-1, true).detach()
        );
        yield return Case(
            "a root mean square by a product with a diagonal",
            x => (x.pow(2).mean([-1]) + 1e-5).rsqrt().diag_embed().matmul(x),
            x => x * (x.pow(2).mean([-1], true) + 1e-5).rsqrt().detach()
        );
        yield return Case(
            "a root mean square by addcmul",
            x => zeros_like(x).addcmul(x, (x.pow(2).mean([-1], true) + 1e-5).rsqrt(), 1),
            x => x * (x.pow(2).mean([-1], true) + 1e-5).rsqrt().detach()
        );
        yield return Case(
            "a root mean square by addcdiv",
            x => zeros_like(x).addcdiv(x, (x.pow(2).mean([-1], true) + 1e-5).sqrt(), 1),
            x => x * (x.pow(2).mean([-1], true) + 1e-5).rsqrt().detach()
        );
        yield return Case(
            "a root mean square, scaled by einsum",
            x => einsum("bsd,bs->bsd", x, (x.pow(2).mean([-1]) + 1e-5).rsqrt()),
            x => x * (x.pow(2).mean([-1], true) + 1e-5).rsqrt().detach()
        );
        yield return Case(
            "index_add",
            x => x.index_add(1, tensor(new long[] { 0, 0, 1, 2, 2 }), x * x, 2.0),
            x => x + (2 * Gathered().matmul(Square(x)))
        );
        yield return Case(
            "index_add_",
            x => zeros_like(x).index_add_(1, tensor(new long[] { 0, 0, 1, 2, 2 }), x, 1.0),
            x => Gathered().matmul(x)
        );
        yield return Case("scatter_add", x => zeros_like(x).scatter_add(1, Places(x), x), x => Gathered().matmul(x));
        yield return Case(
            "group_norm",
            x => nn.functional.group_norm(x, 5, Weight[0].narrow(0, 0, 5), Weight[1].narrow(0, 0, 5), 1e-5),
            x => Normalized(x, [-1]) * Weight[0].narrow(0, 0, 5).unsqueeze(-1) + Weight[1].narrow(0, 0, 5).unsqueeze(-1)
        );
        yield return Case(
            "instance_norm",
            x => nn.functional.instance_norm(x, null, null, null, null, true, 0.1, 1e-5),
            x => Normalized(x, [-1])
        );
        yield return Case(
            "batch_norm of the batch",
            x => nn.functional.batch_norm(x, null, null, null, null, true, 0.1, 1e-5),
            x => Normalized(x, [0, 2])
        );
        yield return Case(
            "batch_norm",
            x => nn.functional.batch_norm(x, Weight[0].narrow(0, 0, 5), Weight[1].narrow(0, 0, 5).abs(), eps: 1e-5),
            x =>
                (x - Weight[0].narrow(0, 0, 5).unsqueeze(-1))
                / (Weight[1].narrow(0, 0, 5).abs().unsqueeze(-1) + 1e-5).sqrt()
        );
        yield return Case("cumsum", x => x.cumsum(1), x => x.cumsum(1));
        yield return Case("cosh", x => x.cosh(), x => x * (x.cosh() / x).detach());
        yield return Case(
            "a convolution",
            x => nn.functional.conv1d(x.transpose(1, 2), Weight.unsqueeze(-1)),
            x => x.matmul(Weight.t()).transpose(1, 2)
        );
    }

    /// <summary>
    /// A gate u·x·f(x) and a norm with a computed scale u·x / |x|: u and x share, and f(x) and |x| take nothing.
    /// </summary>
    private static IEnumerable<TestCaseData> Orders()
    {
        foreach (
            var (name, f) in new (string, Func<Tensor, Tensor>)[]
            {
                ("gate", x => x.sigmoid()),
                ("norm", x => (x.pow(2).mean([-1], true) + 1e-5).rsqrt()),
            }
        )
        {
            yield return Order($"{name}: (x f) u", (x, u) => x * f(x) * u, f);
            yield return Order($"{name}: (f x) u", (x, u) => f(x) * x * u, f);
            yield return Order($"{name}: (u x) f", (x, u) => u * x * f(x), f);
            yield return Order($"{name}: f (x u)", (x, u) => f(x) * (x * u), f);
            yield return Order($"{name}: x (f u)", (x, u) => x * (f(x) * u), f);
            yield return Order($"{name}: (u f) x", (x, u) => u * f(x) * x, f);
            yield return Order($"{name}: x (2 f u)", (x, u) => x * (f(x) * 2 * u / 2), f);
            yield return Order($"{name}: (u x) / (1/f)", (x, u) => u * x / (1 / f(x)), f);
            yield return Order($"{name}: (u / (1/f)) x", (x, u) => u / (1 / f(x)) * x, f);
            yield return Order($"{name}: x (u / (1/f))", (x, u) => x * (u / (1 / f(x))), f);
            yield return Order($"{name}: (u f) x, in place", (x, u) => u.clone().mul_(f(x)).mul_(x), f);
        }

        yield return Order("gate: u x / (1 + e^-x)", (x, u) => u * x / (1 + (-x).exp()), x => x.sigmoid());
        yield return Order("norm: (u / |x|) x", (x, u) => u / x.norm(-1, true) * x, x => 1 / x.norm(-1, true));
    }

    private static TestCaseData Order(string name, Func<Tensor, Tensor, Tensor> spelled, Func<Tensor, Tensor> f) =>
        Case(
            name,
            x => spelled(x.matmul(Weight), x.flip([-1]).matmul(Weight)),
            x =>
            {
                var (value, factor) = (x.matmul(Weight), x.flip([-1]).matmul(Weight));
                var product = value * f(value).detach() * factor;
                return product / 2 + (product / 2).detach();
            }
        );

    [TestCaseSource(nameof(Cases))]
    [TestCaseSource(nameof(Orders))]
    public void TheRelevanceIsThatOfTheEfficientRules(Func<Tensor, Tensor> spelled, Func<Tensor, Tensor> efficient)
    {
        using var scope = NewDisposeScope();
        var values = arange(80, ScalarType.Float64).mul(1.7).add(0.3).sin().reshape(2, 5, 8);
        var x = values.clone().requires_grad_();
        var expected = efficient(x);
        var seed = arange(expected.numel(), ScalarType.Float64).cos().reshape(expected.shape);
        (expected * seed).sum().backward();

        using var registration = new Composite { Functions.AttnLrpWith(StabilizerKind.Signed, 1e-30) }.Register(
            new Function(spelled)
        );
        var input = values.clone().requires_grad_();
        var output = ((Function)registration.Model).call(input);
        (output * seed).sum().backward();
        registration.ThrowIfFaulted();

        Assert.Multiple(() =>
        {
            Assert.That(output.allclose(expected, 1e-12, 1e-12), Is.True, "the same function");
            Assert.That(LlamaLikeTests.Difference(input.grad!, x.grad! * values), Is.LessThan(1e-9));
            Assert.That(registration.Audit().Warnings, Is.Empty);
        });
    }

    /// <summary>Nothing shows later that |u| is a norm of x, so that the quotient has no rule.</summary>
    [Test]
    public void AQuotientThatNoLaterProductMakesANormIsRefusedWithItsPlace()
    {
        using var scope = NewDisposeScope();
        using var model = new Function(x => x / (x.matmul(Weight).tanh() + 2) + x);
        using var registration = new Composite { Functions.AttnLrp }.Register(model);
        Assert.That(
            () => model.call(rand([2, 5, 8], ScalarType.Float64).requires_grad_()),
            Throws
                .TypeOf<NotSupportedException>()
                .With.Message.Contains("aten::div of [2, 5, 8] by [2, 5, 8], in the model's forward")
                .And.Message.Contains("detach()")
        );
    }

    private static IEnumerable<TestCaseData> WithoutRule()
    {
        yield return Unruled("prod", x => x.prod(-1));
        yield return Unruled("cumprod", x => x.cumprod(-1));
        yield return Unruled("logsumexp", x => x.logsumexp(-1));
        yield return Unruled("norm", x => x.norm(-1));
        yield return Unruled("var", x => x.var([-1], true, false));
        yield return Unruled("logaddexp", x => logaddexp(x, zeros_like(x)));
        yield return Unruled("hypot", x => hypot(x, x + 1));
        yield return Unruled("cdist", x => cdist(x, x + 1));
    }

    /// <summary>An operator that nobody thought of is not silent.</summary>
    [TestCaseSource(nameof(WithoutRule))]
    public void AnOperatorWithoutARuleIsAWarning(Func<Tensor, Tensor> function)
    {
        using var scope = NewDisposeScope();
        using var registration = new Composite { Functions.AttnLrp }.Register(new Function(function));
        var x = rand([2, 5, 8], ScalarType.Float64).requires_grad_();
        ((Function)registration.Model).call(x).sum().backward();
        Assert.That(registration.Audit().Warnings, Has.Count.EqualTo(1));
    }

    /// <summary>A norm that is a factor too takes relevance, and has no rule for it.</summary>
    [Test]
    public void ANormThatAlsoCountsAsAFactorIsAWarning()
    {
        using var scope = NewDisposeScope();
        using var model = new Function(x =>
        {
            var n = x.norm(-1, true);
            return n.sin() * (x / n);
        });
        using var registration = new Composite { Functions.AttnLrp }.Register(model);
        model.call(rand([2, 5, 8], ScalarType.Float64).requires_grad_()).sum().backward();
        Assert.That(registration.Audit().Warnings.Single(), Does.Contain("aten::norm"));
    }

    /// <summary>What comes before the scores of a softmax that is written out is on the way of relevance.</summary>
    [Test]
    public void TheAuditGoesOnAtTheScoresOfAWrittenSoftmax()
    {
        using var scope = NewDisposeScope();
        using var model = new Function(x =>
        {
            var e = (x * x.flip([-1])).exp();
            return e / e.sum(-1, true);
        });
        using var registration = new Composite { Functions.AttnLrp }.Register(model);
        model.call(rand([2, 5, 8], ScalarType.Float64).requires_grad_()).sum().backward();
        var product = registration.Audit().Operators.Single(row => row.Operator == "aten::mul");
        Assert.That(product.Rule, Does.StartWith("Uniform"));
    }

    /// <summary>Of a minus the plain gradient changes the sign of relevance.</summary>
    [Test]
    public void AFunctionThatAPresetHasNoRuleForIsAWarning()
    {
        using var scope = NewDisposeScope();
        using var registration = Presets.EpsilonPlus().Register(new Function(x => -x + (x * 2).exp()));
        var x = rand([2, 5, 8], ScalarType.Float64).requires_grad_();
        ((Function)registration.Model).call(x).sum().backward();
        Assert.That(
            registration.Audit().Warnings.Single(),
            Does.Contain("aten::neg").And.Contain("Functions.Elementwise")
        );
    }

    /// <summary>Which of five rows goes to which.</summary>
    private static Tensor Gathered() =>
        nn.functional.one_hot(tensor(new long[] { 0, 0, 1, 2, 2 }), 5).to(ScalarType.Float64).t();

    private static Tensor Places(Tensor x) => tensor(new long[] { 0, 0, 1, 2, 2 }).reshape(1, 5, 1).expand(x.shape);

    /// <summary>x·x, whose factors take equal shares.</summary>
    private static Tensor Square(Tensor x) => x * x.detach();

    private static Tensor Normalized(Tensor x, long[] over)
    {
        var centred = x - x.mean(over, true);
        return centred / (centred.square().mean(over, true) + 1e-5).sqrt().detach();
    }

    private static Tensor Mask() => (arange(8) < 6).to(ScalarType.Float64);

    private static Tensor Glu(Tensor x)
    {
        var (value, gate) = (x.narrow(-1, 0, 4), x.narrow(-1, 4, 4));
        var product = value * (gate * (gate.sigmoid() / gate).detach());
        return product / 2 + (product / 2).detach();
    }

    private static TestCaseData Case(string name, Func<Tensor, Tensor> spelled, Func<Tensor, Tensor> efficient) =>
        new TestCaseData(spelled, efficient).SetArgDisplayNames(name);

    private static TestCaseData Unruled(string name, Func<Tensor, Tensor> function) =>
        new TestCaseData(function).SetArgDisplayNames(name);
}

/// <summary>A model whose forward is one function.</summary>
internal sealed class Function(Func<Tensor, Tensor> function) : nn.Module<Tensor, Tensor>(nameof(Function))
{
    public override Tensor forward(Tensor input) => function(input);
}
