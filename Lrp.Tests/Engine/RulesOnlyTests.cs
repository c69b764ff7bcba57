using Lrp.Composites;
using Lrp.Core;
using Lrp.Rules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Engine;

/// <summary>A registration that does nothing but carry relevance through modules with rules.</summary>
[TestFixture]
public sealed class RulesOnlyTests
{
    [Test]
    public void RelevanceIsWhatItIsWithEverythingElse()
    {
        using var scope = NewDisposeScope();
        using var model = Network();
        var x = randn(2, 4);
        var composite = new Composite { { typeof(Linear), new Epsilon(1e-6) }, { typeof(ReLU), new Pass() } };
        Assert.That(
            Relevance(RegistrationDetail.RulesOnly).data<float>().ToArray(),
            Is.EqualTo(Relevance(RegistrationDetail.Full).data<float>().ToArray())
        );

        Tensor Relevance(RegistrationDetail detail)
        {
            using var registration = composite.Register(model, detail, RelevanceStart.Gradient);
            var input = x.clone().requires_grad_();
            model.call(input).sum().backward();
            registration.ThrowIfFaulted();
            return input.grad!;
        }
    }

    [Test]
    public void RelevanceCannotBeginAtTheModelsOutput()
    {
        using var model = Network();
        Assert.That(
            () =>
                new Composite { { typeof(Linear), new Epsilon(1e-6) } }.Register(
                    model,
                    RegistrationDetail.RulesOnly,
                    RelevanceStart.OutputTimesGradient
                ),
            Throws.ArgumentException.With.Message.Contains("relevance has to begin as the gradient")
        );
    }

    [Test]
    public void TheFirstLayerCannotHaveARuleOfItsOwn()
    {
        using var model = Network();
        var composite = new Composite { { LayerKey.First(LayerTypes.Linear), new Flat() } };
        Assert.That(
            () => composite.Register(model, RegistrationDetail.RulesOnly, RelevanceStart.Gradient),
            Throws.ArgumentException.With.Message.Contains("the order of calls")
        );
    }

    [Test]
    public void ThereIsNoReportOnConservation()
    {
        using var model = Network();
        using var registration = new Composite { { typeof(Linear), new Epsilon(1e-6) } }.Register(
            model,
            RegistrationDetail.RulesOnly,
            RelevanceStart.Gradient
        );
        Assert.That(
            () => registration.Conservation(),
            Throws.InvalidOperationException.With.Message.Contains("keeps no records")
        );
    }

    [Test]
    public void AnArgumentThatTakesNoRelevanceIsAConstant()
    {
        using var scope = NewDisposeScope();
        using var model = new Multiply();
        using var registration = new Composite { { typeof(Factors), new ToTheSecond() } }.Register(model);
        var a = tensor(new[] { 2f, 3f }).requires_grad_();
        var b = tensor(new[] { 5f, 7f }).requires_grad_();
        model.call(a, b).sum().backward();
        registration.ThrowIfFaulted();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(a.grad, Is.Null);
            Assert.That(b.grad!.data<float>().ToArray(), Is.EqualTo(new[] { 10f, 21f }));
        }
    }

    [Test]
    public void ACallInWhichNoArgumentTakesRelevanceEndsIt()
    {
        using var scope = NewDisposeScope();
        using var model = new Multiply();
        using var registration = new Composite { { typeof(Factors), new ToTheSecond() } }.Register(model);
        var a = tensor(new[] { 2f, 3f }).requires_grad_();
        Assert.That(model.call(a, tensor(new[] { 5f, 7f })).requires_grad, Is.False);
    }

    private static Sequential Network() =>
        nn.Sequential(("0", nn.Linear(4, 5)), ("1", nn.ReLU()), ("2", nn.Linear(5, 3)));

    /// <summary>Two factors as a module inside of a model.</summary>
    private sealed class Multiply : nn.Module<Tensor, Tensor, Tensor>
    {
        private readonly Factors _factors = new();

        public Multiply()
            : base(nameof(Multiply)) => register_module("factors", _factors);

        public override Tensor forward(Tensor a, Tensor b) => _factors.call(a, b);
    }

    private sealed class Factors() : nn.Module<Tensor, Tensor, Tensor>(nameof(Factors))
    {
        public override Tensor forward(Tensor a, Tensor b) => a.mul(b);
    }

    private sealed class ToTheSecond : BackwardRule
    {
        public override bool TakesRelevance(nn.Module module, int argument) => argument == 1;

        public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call) => [call.Relevance];
    }
}
