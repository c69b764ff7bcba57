using Lrp.Composites;
using Lrp.Core;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Tests.Engine;

/// <summary>
/// A child that is called by <c>forward</c>, for which TorchSharp runs no hooks, is found by its weight and has its
/// module's rule.
/// </summary>
[TestFixture]
public sealed class ForwardCallTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Open() => _scope = NewDisposeScope();

    [TearDown]
    public void Close() => _scope.Dispose();

    private static IEnumerable<TestCaseData> Layers()
    {
        TestCaseData Layer(string name, Func<nn.Module<Tensor, Tensor>> make, BackwardRule rule, params long[] shape) =>
            new TestCaseData(make, rule, shape).SetArgDisplayNames(name);

        yield return Layer("Linear", () => nn.Linear(4, 3), LrpRule.Epsilon(0.01), 2, 4);
        yield return Layer("Linear without bias", () => nn.Linear(4, 3, hasBias: false), LrpRule.ZPlus(), 2, 4);
        yield return Layer("Linear over positions", () => nn.Linear(4, 3), LrpRule.Epsilon(0.01), 2, 5, 4);
        yield return Layer("Linear over positions, ZPlus", () => nn.Linear(4, 3), LrpRule.ZPlus(), 2, 5, 4);
        yield return Layer("Linear over positions, no bias", () => nn.Linear(4, 4, false), LrpRule.Gamma(0.3), 2, 5, 4);
        yield return Layer("square Linear", () => nn.Linear(4, 4), LrpRule.AlphaBeta(2, 1), 3, 2, 5, 4);
        yield return Layer("Conv1d", () => nn.Conv1d(4, 6, 3, padding: 1), LrpRule.ZPlus(), 2, 4, 5);
        yield return Layer("Conv2d", () => nn.Conv2d(4, 6, 3, stride: 2), LrpRule.Gamma(0.25), 2, 4, 7, 7);
        yield return Layer("grouped Conv2d", () => nn.Conv2d(4, 8, 3, groups: 2), LrpRule.Flat(), 2, 4, 7, 7);
        yield return Layer("ConvTranspose2d", () => nn.ConvTranspose2d(4, 3, 2), LrpRule.WSquare(), 2, 4, 5, 5);
        yield return Layer("BatchNorm2d", () => nn.BatchNorm2d(4), LrpRule.Pass(), 2, 4, 5, 5);
        yield return Layer("plain BatchNorm1d", () => nn.BatchNorm1d(4, affine: false), LrpRule.Pass(), 2, 4);
        yield return Layer("LayerNorm", () => nn.LayerNorm(4), LrpRule.Norm(0.01), 2, 5, 4);
        yield return Layer("GroupNorm", () => nn.GroupNorm(2, 4), LrpRule.Pass(), 2, 4, 5);
        yield return Layer("PReLU", () => nn.PReLU(1), LrpRule.Pass(), 2, 4);
    }

    [TestCaseSource(nameof(Layers))]
    public void ALayerHasItsRule(Func<nn.Module<Tensor, Tensor>> make, BackwardRule rule, long[] shape)
    {
        var layer = make();
        layer.to(ScalarType.Float64).eval();
        var x = randn(shape, ScalarType.Float64);
        var called = Explain(new Caller(layer, byForward: false), rule, x, out var expectedRecord, out var expected);
        var forwarded = Explain(new Caller(layer, byForward: true), rule, x, out var record, out var output);
        Assert.Multiple(() =>
        {
            Assert.That(output.Equals(expected), Is.True, "the output is the same bit for bit");
            Assert.That(forwarded.allclose(called, 1e-12, 1e-14), Is.True);
            Assert.That(record.allclose(expectedRecord, 1e-12, 1e-14), Is.True, "what is recorded at its output");
        });
    }

    [Test]
    public void ALayerWithoutARuleIsRecorded([Values(2, 3)] int dimensions)
    {
        var layer = nn.Linear(4, 4).to(ScalarType.Float64);
        var x = randn(dimensions == 2 ? [2, 4] : [2, 3, 4], ScalarType.Float64);
        var expected = Explain(new Caller(layer, byForward: false), null, x, out var expectedRecord, out _);
        var relevance = Explain(new Caller(layer, byForward: true), null, x, out var record, out _);
        Assert.Multiple(() =>
        {
            Assert.That(record.allclose(expectedRecord, 1e-12, 1e-14), Is.True);
            Assert.That(relevance.allclose(expected, 1e-12, 1e-14), Is.True);
        });
    }

    [Test]
    public void TheConservationReportHasTheLayer()
    {
        var model = new Caller(nn.Linear(4, 3), byForward: true);
        using var registration = new Composite { { typeof(Linear), LrpRule.Epsilon() } }.Register(model);
        model.call(randn([2, 5, 4]).requires_grad_()).sum().backward();
        Assert.Multiple(() =>
        {
            Assert.That(registration.Conservation().Layers.Select(layer => layer.Name), Is.EqualTo(new[] { "layer" }));
            Assert.That(registration.Describe(), Does.Not.Contain("not called"));
        });
    }

    [Test]
    public void AProductWithTheWeightThatIsNotTheLayerKeepsItsOwnBias()
    {
        // x·Wᵀ alone, by hand: the layer's rule without a bias.
        var layer = nn.Linear(4, 4).to(ScalarType.Float64);
        var model = new Lambda(layer, (own, x) => x.matmul(own.weight!.t()) + x);
        using var registration = new Composite { { typeof(Linear), LrpRule.Epsilon(1e-9) } }.Register(model);
        var x = randn([2, 3, 4], ScalarType.Float64).requires_grad_();
        var output = model.call(x);
        Assert.That(output.allclose(x.matmul(layer.weight!.t()) + x, 1e-12, 1e-14), Is.True);
        output.sum().backward();
        registration.ThrowIfFaulted();
        Assert.That(x.grad!.isfinite().all().ToBoolean(), Is.True);
    }

    private static Tensor Explain(Caller model, BackwardRule? rule, Tensor x, out Tensor record, out Tensor output)
    {
        var composite = rule is null ? [] : new Composite { { "layer", rule } };
        using var registration = composite.Register(model);
        using var recorded = registration.Record("layer");
        var input = x.detach().clone().requires_grad_();
        output = model.call(input);
        var weights = arange(output.numel(), ScalarType.Float64).reshape(output.shape).cos();
        (output * weights).sum().backward();
        registration.ThrowIfFaulted();
        record = recorded.Relevance!.clone();
        return input.grad!;
    }

    private sealed class Caller : nn.Module<Tensor, Tensor>
    {
        private readonly bool _byForward;

        [ComponentName(Name = "layer")]
        private readonly nn.Module<Tensor, Tensor> _layer;

        public Caller(nn.Module<Tensor, Tensor> layer, bool byForward)
            : base(nameof(Caller))
        {
            _layer = layer;
            _byForward = byForward;
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            var y = x * 1.5;
            return (_byForward ? _layer.forward(y) : _layer.call(y)).tanh();
        }
    }

    private sealed class Lambda : nn.Module<Tensor, Tensor>
    {
        private readonly Func<Linear, Tensor, Tensor> _function;

        [ComponentName(Name = "layer")]
        private readonly Linear _layer;

        public Lambda(Linear layer, Func<Linear, Tensor, Tensor> function)
            : base(nameof(Lambda))
        {
            _layer = layer;
            _function = function;
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => _function(_layer, x);
    }
}
