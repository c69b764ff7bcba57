using Lrp.Composites;
using Lrp.Core;
using Lrp.Rules;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Engine;

[TestFixture]
public sealed class ArityTests
{
    [Test]
    public void UniformSharesEquallyBetweenTwoInputs()
    {
        using var scope = NewDisposeScope();
        using var module = new Product();
        using var registration = new Composite { { typeof(Product), new Uniform() } }.Register(
            module,
            start: RelevanceStart.Gradient
        );
        var left = randn([3, 4]).requires_grad_();
        var right = randn([3, 4]).requires_grad_();
        var start = randn([3, 4]);

        module.call(left, right).backward([start]);

        Assert.Multiple(() =>
        {
            Assert.That(left.grad!.allclose(start / 2), Is.True);
            Assert.That(right.grad!.allclose(start / 2), Is.True);
        });
    }

    [Test]
    public void TheSameTensorInBothPlacesGetsBothShares()
    {
        using var scope = NewDisposeScope();
        using var module = new Product();
        using var registration = new Composite { { typeof(Product), new Uniform() } }.Register(
            module,
            start: RelevanceStart.Gradient
        );
        var input = randn([3, 4]).requires_grad_();
        var start = randn([3, 4]);

        module.call(input, input).backward([start]);

        Assert.That(input.grad!.allclose(start), Is.True);
    }

    [Test]
    public void AnInputThatNeedsNoGradientTakesNoPart()
    {
        using var scope = NewDisposeScope();
        using var module = new Product();
        using var registration = new Composite { { typeof(Product), new Uniform() } }.Register(
            module,
            start: RelevanceStart.Gradient
        );
        var left = randn([3, 4]).requires_grad_();
        var start = randn([3, 4]);

        module.call(left, randn([3, 4])).backward([start]);

        Assert.That(left.grad!.allclose(start), Is.True);
    }

    [Test]
    public void EpsilonOfTwoInputsIsInputTimesGradientOverTheOutput()
    {
        using var scope = NewDisposeScope();
        using var module = new Product();
        using var registration = new Composite { { typeof(Product), new Epsilon(0) } }.Register(
            module,
            start: RelevanceStart.Gradient
        );
        var left = randn([3, 4]).requires_grad_();
        var right = randn([3, 4]).requires_grad_();
        var start = randn([3, 4]);

        module.call(left, right).backward([start]);

        // d(l·r)/dl · l / (l·r) = 1 for each factor.
        Assert.That(left.grad!.allclose(start, 1e-5, 1e-6) && right.grad!.allclose(start, 1e-5, 1e-6), Is.True);
    }

    [Test]
    public void AModuleThatReturnsATupleAndTakesOtherArguments()
    {
        using var scope = NewDisposeScope();
        using var module = new Halves();
        using var registration = new Composite { { typeof(Halves), new Epsilon() } }.Register(
            module,
            start: RelevanceStart.Gradient
        );
        var input = randn([2, 6]).requires_grad_();

        var (first, second, size) = module.call(input, 3, null);
        (first.sum() + second.mul(2).sum()).backward();
        registration.ThrowIfFaulted();

        Assert.Multiple(() =>
        {
            Assert.That(size, Is.EqualTo(3));
            Assert.That(input.grad!.narrow(1, 0, 3).allclose(ones(2, 3), 1e-3, 1e-4), Is.True);
            Assert.That(input.grad!.narrow(1, 3, 3).allclose(full([2, 3], 2f), 1e-3, 1e-4), Is.True);
        });
    }

    [Test]
    public void AnOutputWithoutRelevanceCountsAsZero()
    {
        using var scope = NewDisposeScope();
        using var module = new Halves();
        using var registration = new Composite { { typeof(Halves), new Epsilon() } }.Register(
            module,
            start: RelevanceStart.Gradient
        );
        var input = randn([2, 6]).requires_grad_();

        var (first, _, _) = module.call(input, 3, null);
        first.sum().backward();
        registration.ThrowIfFaulted();

        Assert.That(input.grad!.narrow(1, 3, 3).count_nonzero().ToInt64(), Is.Zero);
    }

    [Test]
    public void ARuleCanReadAnArgumentThatNeedsNoGradient()
    {
        using var scope = NewDisposeScope();
        using var module = new Product();
        using var registration = new Composite { { typeof(Product), new TimesTheFirst() } }.Register(
            module,
            start: RelevanceStart.Gradient
        );
        var left = randn([3, 4]);
        var right = randn([3, 4]).requires_grad_();

        module.call(left, right).backward([ones(3, 4)]);
        registration.ThrowIfFaulted();

        Assert.That(right.grad!.allclose(left), Is.True);
    }

    [Test]
    public void AnLstmCanHaveARule()
    {
        using var scope = NewDisposeScope();
        using var module = nn.LSTM(3, 5, batchFirst: true);
        using var registration = new Composite { { typeof(TorchSharp.Modules.LSTM), new Epsilon() } }.Register(
            module,
            start: RelevanceStart.Gradient
        );
        var input = randn([2, 4, 3]).requires_grad_();

        var (output, _, _) = module.call(input, null);
        output.select(1, 3).sum().backward();
        registration.ThrowIfFaulted();

        Assert.That(input.grad!.isfinite().all().ToBoolean(), Is.True);
    }

    [TestCase(true)]
    [TestCase(false)]
    public void AttentionWhoseWeightsNobodyNeeds(bool hasRule)
    {
        using var scope = NewDisposeScope();
        using var module = nn.MultiheadAttention(4, 2);
        var composite = hasRule
            ? new Composite { { typeof(TorchSharp.Modules.MultiheadAttention), new Epsilon() } }
            : new Composite();
        using var registration = composite.Register(module, start: RelevanceStart.Gradient);
        var input = randn([5, 1, 4]).requires_grad_();

        var (output, weights) = module.call(input, input, input, need_weights: false);
        output.sum().backward();
        registration.ThrowIfFaulted();

        Assert.Multiple(() =>
        {
            Assert.That(weights.IsInvalid, Is.True);
            Assert.That(input.grad!.isfinite().all().ToBoolean(), Is.True);
        });
    }

    private sealed class TimesTheFirst : BackwardRule
    {
        public override RuleNeeds NeedsFor(nn.Module module) => RuleNeeds.Arguments;

        public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call)
        {
            Assert.That(call.InputPositions, Is.EqualTo(new[] { 1 }));
            return [call.Relevance.mul(call.Arguments[0])];
        }
    }

    private sealed class Product() : nn.Module<Tensor, Tensor, Tensor>(nameof(Product))
    {
        public override Tensor forward(Tensor left, Tensor right) => left * right;
    }

    private sealed class Halves() : nn.Module<Tensor, int, string?, (Tensor, Tensor, int)>(nameof(Halves))
    {
        public override (Tensor, Tensor, int) forward(Tensor input, int size, string? unused) =>
            (input.narrow(1, 0, size).mul(1), input.narrow(1, size, size).mul(1), size);
    }
}
