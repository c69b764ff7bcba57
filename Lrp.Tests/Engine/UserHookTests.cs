using Lrp.Composites;
using Lrp.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Engine;

/// <summary>Forward hooks of the model's user, beside those of a registration.</summary>
[TestFixture]
public sealed class UserHookTests
{
    private static IEnumerable<BackwardRule> Rules() => [LrpRule.Epsilon(), LrpRule.Gamma(0)];

    [TestCaseSource(nameof(Rules))]
    public void AnOutputChangedByAnEarlierHookIsAStepAfterTheLayer(BackwardRule rule)
    {
        using var scope = NewDisposeScope();
        foreach (var (layer, x) in Layers())
        {
            var expected = Relevance(nn.Sequential(("layer", layer), ("twice", new Twice())), rule, x);
            layer.register_forward_hook((_, _, output) => output * 2);
            var hooked = Relevance(nn.Sequential(("layer", layer)), rule, x);

            Assert.That(hooked.allclose(expected), Is.True, layer.GetName());
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public void AnInputChangedByAnEarlierHookIsAStepBeforeTheLayer(bool isRelu)
    {
        using var scope = NewDisposeScope();
        var model = Model();
        var x = randn(3, 4, ScalarType.Float64);
        var plain = Relevance(model, LrpRule.Epsilon(), x);
        _ = isRelu ? Relu(model).register_forward_pre_hook(Copy) : Linear(model).register_forward_pre_hook(Copy);

        Assert.That(Relevance(model, LrpRule.Epsilon(), x).allclose(plain), Is.True);
    }

    [TestCase(true)]
    [TestCase(false)]
    public void AnInputReplacedByALaterHookIsRefused(bool isRelu)
    {
        using var scope = NewDisposeScope();
        var model = Model();
        using var registration = Composite(LrpRule.Epsilon()).Register(model);
        _ = isRelu ? Relu(model).register_forward_pre_hook(Copy) : Linear(model).register_forward_pre_hook(Copy);

        Assert.That(
            () => model.call(randn(3, 4, ScalarType.Float64).requires_grad_()),
            Throws
                .InvalidOperationException.With.Message.Contains(isRelu ? "'act' (ReLU)" : "'fc' (Linear)")
                .And.Message.Contains("before the composite")
        );
    }

    [Test]
    public void AHookThatOnlyLooksMayComeLater()
    {
        using var scope = NewDisposeScope();
        var model = Model();
        var x = randn(3, 4, ScalarType.Float64);
        var plain = Relevance(model, LrpRule.Epsilon(), x);
        using var registration = Composite(LrpRule.Epsilon()).Register(model);
        var seen = 0;
        Linear(model).register_forward_pre_hook((_, input) => Counted(ref seen, input));
        Linear(model).register_forward_hook((_, _, output) => Counted(ref seen, output));
        var leaf = x.clone().requires_grad_();
        model.call(leaf).sum().backward();

        Assert.Multiple(() =>
        {
            Assert.That(seen, Is.EqualTo(2));
            Assert.That(leaf.grad!.allclose(plain), Is.True);
        });
    }

    [Test]
    public void HooksOfTheUserAreRemovedAsBefore()
    {
        using var scope = NewDisposeScope();
        var model = Model();
        var calls = 0;
        var hook = Linear(model).register_forward_hook((_, _, output) => Counted(ref calls, output));
        using (Composite(LrpRule.Epsilon()).Register(model))
        {
            model.call(randn(3, 4, ScalarType.Float64));
            hook.remove();
            model.call(randn(3, 4, ScalarType.Float64));
        }

        Assert.That(calls, Is.EqualTo(1));
    }

    private static IEnumerable<(nn.Module<Tensor, Tensor> Layer, Tensor Input)> Layers() =>
        [
            (nn.Linear(4, 3, hasBias: false).to(ScalarType.Float64), randn(2, 4, ScalarType.Float64)),
            (nn.Conv2d(2, 3, 3, bias: false).to(ScalarType.Float64), randn(2, 2, 5, 5, ScalarType.Float64)),
        ];

    private static Sequential Model() =>
        nn.Sequential(
            ("fc", nn.Linear(4, 5).to(ScalarType.Float64)),
            ("act", nn.ReLU()),
            ("out", nn.Linear(5, 2).to(ScalarType.Float64))
        );

    private static Linear Linear(Sequential model) => (Linear)model[0];

    private static ReLU Relu(Sequential model) => (ReLU)model[1];

    private static Tensor Copy(nn.Module<Tensor, Tensor> module, Tensor input) => input * 1.0;

    private static Tensor Counted(ref int count, Tensor tensor)
    {
        count++;
        return tensor;
    }

    private static Composite Composite(BackwardRule rule) =>
        new() { { [typeof(Linear), typeof(Conv2d)], rule }, { typeof(ReLU), LrpRule.Pass() } };

    private static Tensor Relevance(Sequential model, BackwardRule rule, Tensor x)
    {
        using var registration = Composite(rule).Register(model);
        var leaf = x.clone().requires_grad_();
        model.call(leaf).sum().backward();
        registration.ThrowIfFaulted();
        return leaf.grad!;
    }

    private sealed class Twice() : nn.Module<Tensor, Tensor>(nameof(Twice))
    {
        public override Tensor forward(Tensor input) => input * 2;
    }
}
