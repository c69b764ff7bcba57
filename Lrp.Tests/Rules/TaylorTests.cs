using Lrp.Composites;
using Lrp.Core;
using Lrp.Rules;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Rules;

[TestFixture]
public sealed class TaylorTests
{
    [Test]
    public void OnALinearLayerWithoutBiasItIsEpsilonWithoutTheBias()
    {
        using var scope = NewDisposeScope();
        Assert.That(
            Relevance(Layer(), new Taylor()).allclose(Relevance(Layer(), new Epsilon(excludeBias: true)), 1e-9, 1e-12),
            Is.True
        );
    }

    [Test]
    public void WithTheBiasItIsEpsilon()
    {
        using var scope = NewDisposeScope();
        Assert.That(
            Relevance(Layer(), new Taylor(bias: true)).allclose(Relevance(Layer(), new Epsilon()), 1e-9, 1e-12),
            Is.True
        );
    }

    [Test]
    public void AtTheInputWithTheBiasItIsEpsilonForAnyFunction()
    {
        using var scope = NewDisposeScope();
        Assert.That(
            Relevance(nn.GELU(), Taylor.AtInput()).allclose(Relevance(nn.GELU(), new Epsilon()), 1e-9, 1e-12),
            Is.True
        );
    }

    [Test]
    public void WithoutTheBiasAllRelevanceArrives()
    {
        using var scope = NewDisposeScope();
        Assert.That(
            Relevance(nn.Tanh(), new Taylor()).sum().ToDouble(),
            Is.EqualTo(Start(nn.Tanh()).sum().ToDouble()).Within(1e-4)
        );
    }

    [Test]
    public void SpreadingTheBiasConservesRelevanceSampleBySample()
    {
        using var scope = NewDisposeScope();
        var relevance = Relevance(Layer(), new Taylor(bias: true, biasRelevance: BiasRelevance.Spread));

        Assert.That(relevance.sum(1).allclose(Start(Layer()).sum(1), 1e-9, 1e-9), Is.True);
    }

    [Test]
    public void TheReferenceMovesTheJacobian()
    {
        using var scope = NewDisposeScope();
        // f(x) = x², J(x̃) = 2x̃, so every element keeps its own relevance whatever x̃ is, except 0, where J vanishes.
        using var module = new Square();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Relevance(module, new Taylor(reference: 2)).allclose(Start(module), 1e-4, 1e-4), Is.True);
            Assert.That(Relevance(module, new Taylor()).count_nonzero().ToInt64(), Is.Zero);
        }
    }

    [Test]
    public void AModuleOfTwoInputsIsRefused()
    {
        using var module = new Pair();
        Assert.That(
            () => new Composite { { "", new Taylor() } }.Register(module),
            Throws.ArgumentException.With.Message.Contains("one tensor")
        );
    }

    private static nn.Module<Tensor, Tensor> Layer()
    {
        manual_seed(1);
        return nn.Linear(5, 5).to(ScalarType.Float64);
    }

    private static Tensor Input()
    {
        manual_seed(2);
        return randn([3, 5], ScalarType.Float64);
    }

    private static Tensor Start(nn.Module<Tensor, Tensor> module)
    {
        var output = module.forward(Input()).detach();
        manual_seed(3);
        return randn_like(output);
    }

    private static Tensor Relevance(nn.Module<Tensor, Tensor> module, BackwardRule rule)
    {
        using var registration = new Composite { { "", rule } }.Register(module, start: RelevanceStart.Gradient);
        var input = Input().requires_grad_();
        module.call(input).backward([Start(module)]);
        registration.ThrowIfFaulted();
        return input.grad!;
    }

    private sealed class Square() : nn.Module<Tensor, Tensor>(nameof(Square))
    {
        public override Tensor forward(Tensor input) => input.square();
    }

    private sealed class Pair() : nn.Module<Tensor, Tensor, Tensor>(nameof(Pair))
    {
        public override Tensor forward(Tensor left, Tensor right) => left + right;
    }
}
