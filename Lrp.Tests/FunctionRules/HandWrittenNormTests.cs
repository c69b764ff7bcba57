using Lrp.Composites;
using Lrp.Core;
using Lrp.Rules.FunctionRules;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.FunctionRules;

/// <summary>
/// A norm or an activation that a model writes out is one: its gate is a constant, and its input takes all relevance.
/// </summary>
[TestFixture]
public sealed class HandWrittenNormTests
{
    private const double Eps = 1e-5;

    private DisposeScope _scope = null!;

    [SetUp]
    public void Open() => _scope = NewDisposeScope();

    [TearDown]
    public void Close() => _scope.Dispose();

    private static IEnumerable<HandWritten> Passing => [.. HandWritten.RootMeanSquareNorms, .. HandWritten.Activations];

    [TestCaseSource(nameof(Passing))]
    public void AllRelevanceOfANormOrAnActivationGoesToItsInput(HandWritten spelling)
    {
        var (x, weight) = (randn(3, 8, ScalarType.Float64), rand(8, ScalarType.Float64) + 0.5);
        var start = randn(3, 8, ScalarType.Float64);
        var isRounded = spelling.Name.Contains("float", StringComparison.Ordinal); // relevance is cast too
        Assert.That(
            Relevance(t => spelling.Written(t, weight), x, start).allclose(start, isRounded ? 0.01 : 1e-12, 1e-12),
            Is.True
        );
    }

    [TestCaseSource(typeof(HandWritten), nameof(HandWritten.All))]
    public void TheGateIsAConstant(HandWritten spelling)
    {
        var (x, weight) = (randn(3, 8, ScalarType.Float64), rand(8, ScalarType.Float64) + 0.5);
        var start = randn(3, 8, ScalarType.Float64);
        var expected = Relevance(t => spelling.Gated(t, weight), x, start);
        Assert.That(Relevance(t => spelling.Written(t, weight), x, start).allclose(expected, 1e-12, 1e-12), Is.True);
    }

    [TestCaseSource(typeof(HandWritten), nameof(HandWritten.LayerNorms))]
    public void ALayerNormHasTheRelevanceOfTheFunction(HandWritten spelling)
    {
        // The function divides by its output and the spelling by each difference: without epsilons they are one.
        var composite = new Composite { Functions.AttnLrpWith(StabilizerKind.Signed, 1e-30) };
        var (x, weight) = (randn(3, 8, ScalarType.Float64), rand(8, ScalarType.Float64) + 0.5);
        var start = randn(3, 8, ScalarType.Float64);
        var isRounded = spelling.Name.Contains("float", StringComparison.Ordinal);
        var expected = Relevance(t => nn.functional.layer_norm(t, [8], weight, null, Eps), x, start, composite);
        Assert.That(
            Relevance(t => spelling.Written(t, weight), x, start, composite)
                .allclose(expected, isRounded ? 1e-3 : 1e-10, isRounded ? 1e-4 : 1e-10),
            Is.True
        );
    }

    private static IEnumerable<TestCaseData> WrittenSoftmaxes()
    {
        yield return Spelling("plain", x => x.exp() / x.exp().sum(-1, true));
        yield return Spelling("one exponential", x => OneExponential(x));
        yield return Spelling("without the largest", x => OneExponential(x - x.amax([-1], true)));
        yield return Spelling("unsqueezed", x => Over(x.exp(), e => e.sum(-1).unsqueeze(-1)));
    }

    [TestCaseSource(nameof(WrittenSoftmaxes))]
    public void ASoftmaxThatIsWrittenOutHasTheRuleOfSoftmax(Func<Tensor, Tensor> softmax)
    {
        var x = randn(3, 5, ScalarType.Float64);
        var start = randn(3, 5, ScalarType.Float64);
        var expected = Relevance(t => t.softmax(-1), x, start);
        Assert.That(Relevance(softmax, x, start).allclose(expected, 1e-12, 1e-12), Is.True);
    }

    private static IEnumerable<TestCaseData> WrittenActivations()
    {
        yield return Spelling("sigmoid", x => 1 / (1 + (-x).exp()));
        yield return Spelling("sigmoid by reciprocal", x => (1 + (-x).exp()).reciprocal());
        yield return Spelling("softplus", x => (1 + x.exp()).log());
        yield return Spelling("tanh", x => (x.exp() - (-x).exp()) / (x.exp() + (-x).exp()));
        yield return Spelling("tanh by sigmoid", x => Over(x.exp(), e => e + 1));
        yield return Spelling("product of two activations", x => x.tanh() * x.sigmoid());
    }

    [TestCaseSource(nameof(WrittenActivations))]
    public void AnActivationThatIsWrittenOutPassesAllRelevanceOn(Func<Tensor, Tensor> activation)
    {
        var x = randn(3, 5, ScalarType.Float64);
        var start = randn(3, 5, ScalarType.Float64);
        Assert.That(Relevance(activation, x, start).allclose(start, 1e-12, 1e-12), Is.True);
    }

    [Test]
    public void AProductOfTwoBranchesSharesEqually()
    {
        var x = randn(3, 4, ScalarType.Float64);
        var start = randn(3, 2, ScalarType.Float64);
        var relevance = Relevance(t => t[.., ..2] * t[.., 2..].sigmoid(), x, start);
        Assert.That(relevance.allclose(cat([start / 2, start / 2], -1)), Is.True);
    }

    [Test]
    public void AChangeInPlaceBetweenTheGateAndTheProductIsNoticed()
    {
        var x = rand(3, 4, ScalarType.Float64) + 1;
        var start = randn(3, 4, ScalarType.Float64);
        var relevance = Relevance(
            t =>
            {
                var y = t * 1;
                var gate = y.sigmoid();
                y.mul_(y.detach()); // no longer what the gate was computed from
                return y * gate;
            },
            x,
            start
        );
        Assert.That(relevance.allclose(start), Is.True, "half of it on each way");
    }

    [Test]
    public void ARootThatIsNoFactorKeepsItsRelevance()
    {
        var x = rand(3, 8, ScalarType.Float64) + 1;
        var start = randn(3, 8, ScalarType.Float64);
        Assert.That(Relevance(t => t.sqrt(), x, start).allclose(start), Is.True);
        Assert.That(Relevance(t => t.rsqrt(), x, start).allclose(start), Is.True);
        Assert.That(Relevance(t => t * t.sqrt(), x, start).allclose(start), Is.True, "a product by a root is no norm");
    }

    private static IEnumerable<TestCaseData> Divisions() =>
        [
            Spelling("a / b", t => t[..1] / t[1..2]),
            Spelling("a * (1 / b)", t => t[..1] * (1 / t[1..2])),
            Spelling("reciprocal", t => t[1..2].reciprocal() * t[..1]),
            Spelling("power", t => t[..1] * t[1..2].pow(-1)),
            Spelling("root", t => t[..1] * (2 * t[1..2].rsqrt())),
        ];

    [TestCaseSource(nameof(Divisions))]
    public void ADivisionByAnotherTensorIsStillRefused(Func<Tensor, Tensor> division)
    {
        var x = rand(3, 8, ScalarType.Float64) + 1;
        Assert.That(
            () => Relevance(division, x, ones(1, 8, ScalarType.Float64)),
            Throws.Exception.With.Message.Contains("constant divisor")
        );
    }

    [Test]
    public void AGateThatIsWrittenAsAnInverseIsNoDivision()
    {
        var x = randn(2, 4, ScalarType.Float64);
        var start = randn(1, 4, ScalarType.Float64);
        var relevance = Relevance(t => t[..1] * (1 / (1 + (-t[1..2]).exp())), x, start);
        Assert.That(relevance.allclose(cat([start / 2, start / 2], 0)), Is.True);
    }

    private static TestCaseData Spelling(string name, Func<Tensor, Tensor> function) =>
        new TestCaseData(function).SetArgDisplayNames(name);

    private static Tensor OneExponential(Tensor scores) => Over(scores.exp(), e => e.sum(-1, true));

    private static Tensor Over(Tensor value, Func<Tensor, Tensor> divisor) => value / divisor(value);

    private static Tensor Relevance(Func<Tensor, Tensor> function, Tensor x, Tensor start, Composite? composite = null)
    {
        var model = new Function(function);
        using var registration = (composite ?? new Composite { Functions.AttnLrp }).Register(
            model,
            start: RelevanceStart.Gradient
        );
        var leaf = x.detach().clone().requires_grad_();
        model.call(leaf).backward([start]);
        registration.ThrowIfFaulted();
        return leaf.grad!;
    }

    private sealed class Function(Func<Tensor, Tensor> function) : nn.Module<Tensor, Tensor>(nameof(Function))
    {
        public override Tensor forward(Tensor input) => function(input);
    }
}
