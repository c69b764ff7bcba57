using Lrp.Composites;
using Lrp.Core;
using Lrp.Rules;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Tests.Engine;

[TestFixture]
public sealed class InPlaceTests
{
    private static readonly Composite[] Composites =
    [
        new() { { typeof(Convolution), new Epsilon() }, { typeof(Linear), new Epsilon() } },
        new()
        {
            { typeof(Convolution), new Epsilon() },
            { typeof(ReLU), new Pass() },
            { typeof(Linear), new Lrp0() },
        },
        new() { { typeof(ReLU), new GuidedBackprop() } },
        new() { { typeof(ReLU), new BetaSmooth() } },
        new() { { typeof(ReLU), new Epsilon() } },
        new() { { typeof(ReLU), new Taylor() } },
        Presets.EpsilonGammaBox(-4, 4),
        Presets.EpsilonAlpha2Beta1Flat(),
    ];

    [TestCaseSource(nameof(Composites))]
    public void InPlaceActivationsChangeNothing(Composite composite)
    {
        using var scope = NewDisposeScope();
        using var model = Networks.Convolutional(bias: true);
        using var inplace = Networks.Convolutional(bias: true, inplace: true);
        using var first = composite.Register(model);
        using var second = composite.Register(inplace);

        var expected = Networks.Explain(model, Networks.Images(2));
        var relevance = Networks.Explain(inplace, Networks.Images(2));
        second.ThrowIfFaulted();

        Assert.That(relevance.allclose(expected, 1e-12, 1e-14), Is.True);
    }

    [TestCaseSource(nameof(Composites))]
    public void AReluThatIsJoinedWithTheLayerBeforeItChangesNothing(Composite composite)
    {
        using var scope = NewDisposeScope();
        using var model = Networks.Convolutional(bias: true);
        using var first = composite.Register(model, start: RelevanceStart.Gradient);

        // Run through forward the model is no pass that the engine knows of, and nothing is joined.
        var apart = Networks.Images(2).requires_grad_();
        var output = model.forward(apart);
        output.backward([output.detach().OneHot(1)]);
        var joined = Networks.Explain(model, Networks.Images(2));
        first.ThrowIfFaulted();

        Assert.That(joined.allclose(apart.grad!, 1e-12, 1e-14), Is.True);
    }

    [Test]
    public void RelevanceThatArrivesWhereTheReluIsShutIsNotLost()
    {
        using var scope = NewDisposeScope();
        using var model = nn.Sequential(("fc", nn.Linear(6, 5)), ("relu", nn.ReLU())).to(ScalarType.Float64);
        var composite = new Composite { { typeof(Linear), new Epsilon(0.1) }, { typeof(ReLU), new Pass() } };
        using var registration = composite.Register(model, start: RelevanceStart.Gradient);
        var apart = randn([3, 6], ScalarType.Float64).requires_grad_();
        var joined = apart.detach().clone().requires_grad_();
        var start = randn([3, 5], ScalarType.Float64);

        model.forward(apart).backward([start]);
        model.call(joined).backward([start]);

        Assert.That(joined.grad!.allclose(apart.grad!, 1e-12, 1e-14), Is.True);
    }

    [Test]
    public void AnInPlaceFunctionThatOverwritesWhatARuleNeedsIsExplained()
    {
        using var scope = NewDisposeScope();
        using var model = new Overwriting();
        using var registration = new Composite { { typeof(Linear), new Epsilon() } }.Register(model);

        var input = randn([1, 4]).requires_grad_();
        model.call(input).sum().backward();

        Assert.That(
            registration.ThrowIfFaulted,
            Throws.TypeOf<RelevanceException>().With.Message.Contains("overwritten")
        );
    }

    private sealed class Overwriting : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "layer")]
        private readonly Linear _layer = nn.Linear(4, 4);

        public Overwriting()
            : base(nameof(Overwriting)) => RegisterComponents();

        public override Tensor forward(Tensor input) => _layer.call(input).relu_();
    }
}
