using Lrp.Composites;
using Lrp.Core;
using Lrp.Rules;
using Lrp.Rules.FunctionRules;
using static Lrp.Tests.FunctionRules.Explained;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Lrp.Tests.FunctionRules;

/// <summary>Activations that a forward calls as functions, and the rules that change the gradient of a ReLU.</summary>
public class ActivationFunctionTests
{
    private static IEnumerable<TestCaseData> Activations()
    {
        yield return Case("relu", x => x.relu());
        yield return Case("relu_", x => x.clone().relu_());
        yield return Case("relu6", x => x.relu6());
        yield return Case("relu6_", x => x.clone().relu6_());
        yield return Case("leaky_relu", x => F.leaky_relu(x));
        yield return Case("leaky_relu_", x => F.leaky_relu(x.clone(), 0.1, inplace: true));
        yield return Case("rrelu", x => F.rrelu(x));
        yield return Case("prelu", x => F.prelu(x, tensor(new[] { 0.25, 0.1, 0.3 })));
        yield return Case("elu", x => F.elu(x, 1));
        yield return Case("selu", x => F.selu(x));
        yield return Case("celu", x => F.celu(x, 1));
        yield return Case("gelu", x => F.gelu(x, inplace: false));
        yield return Case("silu", x => F.silu(x));
        yield return Case("silu_", x => F.silu(x.clone(), inplace: true));
        yield return Case("sigmoid", x => x.sigmoid());
        yield return Case("tanh", x => x.tanh());
        yield return Case("hardswish", x => F.hardswish(x));
        yield return Case("hardswish_", x => F.hardswish(x.clone(), inplace: true));
        yield return Case("hardsigmoid", x => F.hardsigmoid(x));
        yield return Case("hardtanh_", x => F.hardtanh(x.clone(), inplace: true));
        yield return Case("hardshrink", x => F.hardshrink(x, 0.9));
        yield return Case("softshrink", x => F.softshrink(x, 0.9));
        yield return Case("softplus", x => F.softplus(x));
        yield return Case("log_sigmoid", x => F.logsigmoid(x));
        yield return Case("threshold", x => F.threshold(x, 0.1, 0));
    }

    [TestCaseSource(nameof(Activations))]
    public void ActivationsPassRelevanceOn(Func<Tensor, Tensor> function)
    {
        using var scope = NewDisposeScope();
        var x = Away(3, 2, 3, 4);
        var relevance = Away(4, 2, 3, 4);
        var (value, passed) = Explain(
            new Calling(function),
            new Composite { { Functions.Activation, new Pass() } },
            x,
            relevance
        );
        using (Assert.EnterMultipleScope())
        {
            Assert.That(SameBits(value, function(x)), Is.True, "the value");
            Assert.That(SameBits(passed, relevance), Is.True);
            Assert.That(SameBits(passed, Shares(inputs => function(inputs[0]), relevance, x)[0]!), Is.False);
        }
    }

    [TestCaseSource(nameof(Activations))]
    public void TheElementwiseKeyHasThemToo(Func<Tensor, Tensor> function)
    {
        using var scope = NewDisposeScope();
        var relevance = Away(4, 2, 3, 4);
        var (_, passed) = Explain(
            new Calling(function),
            new Composite { { Functions.Elementwise, new Identity() } },
            Away(3, 2, 3, 4),
            relevance
        );
        Assert.That(SameBits(passed, relevance), Is.True);
    }

    private static IEnumerable<RectifierRule> Rectifiers() => [new GuidedBackprop(), new DeconvNet(), new BetaSmooth()];

    [Test]
    public void AReluIsAReluAsAModuleOrAsAFunction(
        [ValueSource(nameof(Rectifiers))] RectifierRule rule,
        [Values] bool inPlace
    )
    {
        using var scope = NewDisposeScope();
        var relu = nn.ReLU(inPlace);
        var (x, relevance) = (Away(3, 2, 3, 4), Away(4, 2, 3, 4));
        var byFunction = new Calling(input => inPlace ? input.clone().relu_() : input.relu());
        var (value, changed) = Explain(byFunction, new Composite { { Functions.Relu, rule } }, x, relevance);
        var (_, expected) = Explain(
            new Calling(input => relu.call(input.clone()), relu),
            new Composite { { typeof(TorchSharp.Modules.ReLU), rule } },
            x,
            relevance
        );
        using (Assert.EnterMultipleScope())
        {
            Assert.That(SameBits(value, x.relu()), Is.True);
            Assert.That(Distance(changed, expected), Is.LessThan(1e-15));
            Assert.That(SameBits(changed, Shares(inputs => inputs[0].relu(), relevance, x)[0]!), Is.False);
        }
    }

    private static IEnumerable<TestCaseData> SpelledRelus()
    {
        yield return Case("clamp", x => x.clamp(0));
        yield return Case("clamp_", x => x.clone().clamp_(0));
        yield return Case("clamp_min", x => x.clamp_min(0));
        yield return Case("maximum", x => maximum(x, zeros_like(x)));
        yield return Case("where", x => where(x > 0, x, zeros_like(x)));
        yield return Case("masked_fill", x => x.masked_fill(x < 0, 0));
        yield return Case("mask", x => x * (x > 0));
        yield return Case("threshold", x => F.threshold(x, 0, 0));
        yield return Case("leaky_relu", x => F.leaky_relu(x, 0));
    }

    [TestCaseSource(nameof(SpelledRelus))]
    public void WhatComputesAReluHasItsRule(Func<Tensor, Tensor> function)
    {
        using var scope = NewDisposeScope();
        var (x, relevance) = (Away(3, 2, 3, 4), Away(4, 2, 3, 4));
        foreach (var rule in Rectifiers())
        {
            var composite = new Composite { { Functions.Relu, rule } };
            var (value, changed) = Explain(new Calling(function), composite, x, relevance);
            var (_, expected) = Explain(new Calling(input => input.relu()), composite, x, relevance);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(value.Equals(x.relu()), Is.True);
                Assert.That(changed.Equals(expected), Is.True);
            }
        }
    }

    [TestCaseSource(nameof(Rectifiers))]
    public void WhatIsNoReluIsRefused(RectifierRule rule)
    {
        using var scope = NewDisposeScope();
        nn.Module<Tensor, Tensor>[] others = [nn.GELU(), nn.Sigmoid(), nn.Linear(2, 2), nn.Tanh(), nn.MaxPool2d(2)];
        nn.Module<Tensor, Tensor>[] rectifiers = [nn.ReLU(), nn.ReLU6(), nn.LeakyReLU(), nn.PReLU(1), nn.RReLU()];
        using (Assert.EnterMultipleScope())
        {
            foreach (var module in others)
            {
                Assert.That(
                    () => new Composite { { "part0", rule } }.Register(new Calling(module.call, module)),
                    Throws
                        .ArgumentException.With.Message.Contains(module.GetType().Name)
                        .And.Message.Contains("gradient of ReLUs (ReLU, ReLU6, LeakyReLU, PReLU, RReLU)")
                );
            }

            foreach (var module in rectifiers)
            {
                Assert.That(rule.Validate(module), Is.Null);
            }

            Assert.That(
                () => new Composite { { Functions.Activation, rule } }.Register(new Calling(x => x)),
                Throws.ArgumentException.With.Message.Contains("not defined for the function activation")
            );
        }
    }

    private static (Tensor Value, Tensor Relevance) Explain(
        nn.Module<Tensor, Tensor> model,
        Composite composite,
        Tensor x,
        Tensor relevance
    )
    {
        using var registration = composite.Register(model, start: RelevanceStart.Gradient);
        var point = x.clone().requires_grad_();
        var value = model.call(point);
        value.backward([relevance]);
        registration.ThrowIfFaulted();
        return (value.detach(), point.grad!);
    }

    private static TestCaseData Case(string name, Func<Tensor, Tensor> function) =>
        new TestCaseData(function).SetArgDisplayNames(name);
}
