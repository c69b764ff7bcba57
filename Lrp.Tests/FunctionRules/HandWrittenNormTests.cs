using Lrp.Composites;
using Lrp.Core;
using Lrp.Decomposition;
using Lrp.Decomposition.Families;
using Lrp.Rules.FunctionRules;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.FunctionRules;

/// <summary>
/// A norm that a model writes by hand is a norm: its factor is a constant, in relevance and in decomposition.
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

    private static IEnumerable<TestCaseData> RootMeanSquareNorms()
    {
        yield return Norm("LLaMA", x => x * (x.pow(2).mean([-1], true) + Eps).rsqrt());
        yield return Norm("the factor first", x => (x.pow(2).mean([-1], true) + Eps).rsqrt() * x);
        yield return Norm("a square", x => x * (x.square().mean([-1], true) + Eps).rsqrt());
        yield return Norm("a product", x => x * ((x * x).mean([-1], true) + Eps).rsqrt());
        yield return Norm("divided by a root", x => x / (x.pow(2).mean([-1], true) + Eps).sqrt());
        yield return Norm("eps outside the root", x => x / (x.pow(2).mean([-1], true).sqrt() + Eps));
        yield return Norm("a power", x => x * (x.pow(2).mean([-1], true) + Eps).pow(-0.5));
        yield return Norm("a power of one half", x => x / (x.pow(2).mean([-1], true) + Eps).pow(0.5));
        yield return Norm("one divided by a root", x => x * (1 / (x.pow(2).mean([-1], true) + Eps).sqrt()));
        yield return Norm("a reciprocal", x => x * (x.pow(2).mean([-1], true) + Eps).sqrt().reciprocal());
        yield return Norm("a factor with a gain", x => x * ((x.pow(2).mean([-1], true) + Eps).rsqrt() * 0.5));
    }

    private static IEnumerable<TestCaseData> LayerNorms()
    {
        yield return Norm("rsqrt", x => Centred(x) * (Centred(x).pow(2).mean([-1], true) + Eps).rsqrt());
        yield return Norm("sqrt", x => Centred(x) / (Centred(x).pow(2).mean([-1], true) + Eps).sqrt());
        yield return Norm("variance", x => Centred(x) / (x.var([-1], false, true) + Eps).sqrt());
        yield return Norm("standard deviation", x => Centred(x) / (x.std([-1], false, true) + Eps));
    }

    [TestCaseSource(nameof(RootMeanSquareNorms))]
    public void AllRelevanceOfARootMeanSquareNormGoesToWhatIsNormalized(Func<Tensor, Tensor> norm)
    {
        var x = randn(3, 8, ScalarType.Float64);
        var start = randn(3, 8, ScalarType.Float64);
        Assert.That(Relevance(norm, x, start).allclose(start, 1e-6, 1e-9), Is.True);
    }

    [TestCaseSource(nameof(LayerNorms))]
    public void ALayerNormHasTheRelevanceOfTheFunction(Func<Tensor, Tensor> norm)
    {
        var x = randn(3, 8, ScalarType.Float64);
        var start = randn(3, 8, ScalarType.Float64);
        var expected = Relevance(t => nn.functional.layer_norm(t, [8], eps: Eps), x, start);
        Assert.That(Relevance(norm, x, start).allclose(expected, 1e-3, 1e-4), Is.True);
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

    [Test]
    public void ADivisionByAnotherTensorIsStillRefused()
    {
        var x = rand(3, 8, ScalarType.Float64) + 1;
        Assert.That(
            () => Relevance(t => t / t.exp(), x, ones_like(x)),
            Throws.Exception.With.Message.Contains("constant divisor")
        );
    }

    [TestCaseSource(nameof(RootMeanSquareNorms))]
    [TestCaseSource(nameof(LayerNorms))]
    public void InDecompositionTheFactorOfANormIsAConstant(Func<Tensor, Tensor> norm)
    {
        var x = randn(2, 8, ScalarType.Float64);
        using var composition = Composition.PerFeature(x);
        var model = new Function(t => norm(t));
        using var run = new Composite { { typeof(nn.Module), new Affine() } }.Decompose(model, composition);
        var output = model.call(x);
        using var split = run.Of(output);

        Assert.That(split.ReconstructionError(), Is.LessThan(1e-12));
        Assert.That(split.Components.abs().max().item<double>(), Is.LessThan(10));
    }

    private static TestCaseData Norm(string name, Func<Tensor, Tensor> norm) =>
        new TestCaseData(norm).SetArgDisplayNames(name);

    private static Tensor Centred(Tensor x) => x - x.mean([-1], true);

    private static Tensor Relevance(Func<Tensor, Tensor> function, Tensor x, Tensor start)
    {
        var model = new Function(function);
        using var registration = new Composite { { Functions.AttnLrp } }.Register(
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
