using Lrp.Composites;
using Lrp.Core;
using Lrp.Rules;
using Lrp.Rules.FunctionRules;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static Lrp.Tests.FunctionRules.Explained;
using static TorchSharp.torch;

namespace Lrp.Tests.FunctionRules;

/// <summary>Functions that have rules in a composite share relevance as the drop-ins do.</summary>
public class CompositeFunctionTests
{
    private static readonly Composite Modules = new() { { typeof(Linear), new Epsilon(1e-6) } };

    [Test]
    public void InterceptedFunctionsGiveTheDropInsRelevanceBitForBit()
    {
        var x = Away(7, 2, 5, 8);
        var intercepted = RelevanceOf(new MixedModel(dropIns: false), MixedModel.WithFunctions(), x);
        var dropIns = RelevanceOf(new MixedModel(dropIns: true), Modules, x);
        Assert.That(SameBits(intercepted, dropIns));
        Assert.That(intercepted.isfinite().all().item<bool>());
    }

    [Test]
    public void RulesMakeADifference()
    {
        var x = Away(7, 2, 5, 8);
        Assert.That(
            Distance(
                RelevanceOf(new MixedModel(false), MixedModel.WithFunctions(), x),
                RelevanceOf(new MixedModel(false), Modules, x)
            ),
            Is.GreaterThan(1e-3)
        );
    }

    [Test]
    public void InPlaceSumsHaveTheRule()
    {
        var x = Away(7, 4).abs();
        Assert.That(
            SameBits(
                RelevanceOf(new NumberAdded(3, inPlace: true), NumberAdded.AddOnly(), x),
                RelevanceOf(new NumberAdded(3), NumberAdded.AddOnly(), x)
            )
        );
    }

    [Test]
    public void AFunctionInsideAModuleWithARuleHasNone()
    {
        var x = Away(7, 4).abs();
        var model = nn.Sequential(("sum", new NumberAdded(2)));
        var composite = new Composite { { typeof(NumberAdded), new Pass() }, { Functions.Add, new Epsilon() } };
        Assert.That(SameBits(RelevanceOf(model, composite, x), ones(4, ScalarType.Float64)));
    }

    [Test]
    public void AFunctionThatIsLeftAloneHasItsGradient()
    {
        var x = Away(7, 4).abs();
        var plain = Explain(new NumberAdded(2), x);
        Assert.That(
            SameBits(
                RelevanceOf(
                    new NumberAdded(2),
                    new Composite { { Functions.Add, null }, { Functions.Softmax, Taylor.AtInput() } },
                    x
                ),
                plain
            )
        );
    }

    [Test]
    public void ARuleThatIsNotDefinedForAFunctionFailsAtRegister()
    {
        var composite = new Composite { { Functions.Softmax, new ZPlus() } };
        Assert.That(
            () => composite.Register(new NumberAdded(1)),
            Throws
                .ArgumentException.With.Message.Contains("softmax")
                .And.Message.Contains("ZPlus")
                .And.Message.Contains("Taylor")
        );
    }

    private static readonly Taylor[] OtherDecompositions =
    [
        new(),
        new(reference: 1),
        new(bias: true),
        new(x => x.neg(), bias: true),
        Taylor.AtInput(bias: false),
        Taylor.AtInput(biasRelevance: BiasRelevance.Spread),
    ];

    [TestCaseSource(nameof(OtherDecompositions))]
    public void ASoftmaxIsDecomposedAtItsScoresAndAnotherChoiceFailsAtRegister(Taylor rule)
    {
        var composite = new Composite { { Functions.Softmax, rule } };
        Assert.That(
            () => composite.Register(new NumberAdded(1)),
            Throws.ArgumentException.With.Message.Contains("Taylor.AtInput()")
        );
    }

    [Test]
    public void ALinearFunctionHasTheDropInsRelevanceInTwoDimensionsAndThree(
        [Values(2, 3)] int rank,
        [Values] bool bias
    )
    {
        var x = rank == 2 ? Away(7, 5, 8) : Away(7, 2, 5, 8);
        var composite = new Composite { { Functions.Linear, new Epsilon(1e-6) } };
        var (intercepted, dropIn) = (new Affine(false, bias), new Affine(true, bias));
        Assert.That(SameBits(RelevanceOf(intercepted, composite, x), Explain(dropIn, x)));
    }

    [Test]
    public void FunctionsInAModelAppearInTheReports()
    {
        var model = new NumberAdded(2);
        using var registration = NumberAdded.AddOnly().Register(model, start: RelevanceStart.Gradient);
        Explain(model, Away(7, 4).abs());
        var layer = registration.Conservation().Layers.Single();
        Assert.That((layer.Name, layer.ModuleType), Is.EqualTo(("add", "function")));
        Assert.That(layer.Lost, Is.GreaterThan(0.1)); // the number that is added
        Assert.That(registration.Describe(), Does.Contain("add()"));
    }

    [Test]
    public void TheReportClosesOverFunctions()
    {
        var model = new MixedModel(false);
        using var registration = MixedModel.WithFunctions().Register(model, start: RelevanceStart.Gradient);
        Explain(model, Away(7, 2, 5, 8));
        var report = registration.Conservation();
        Assert.That(report.LostElsewhere, Is.EqualTo(0).Within(1e-6 * Math.Abs(report.ModelOutput!.Value)));
    }

    [Test]
    public void ActivationsHandRelevanceOn([Values] bool inPlace)
    {
        var composite = new Composite { { Functions.Elementwise, new Pass() } };
        Assert.That(
            SameBits(RelevanceOf(new Activated(inPlace), composite, Away(7, 3, 4)), ones(3, 4, ScalarType.Float64))
        );
    }

    [Test]
    public void AnExceptionOfARuleReachesWhoCallsTheModel()
    {
        var composite = new Composite { { Functions.Div, new Pass() } };
        using var registration = composite.Register(new Quotient());
        Assert.That(
            () => Explain((nn.Module<Tensor, Tensor>)registration.Model, Away(7, 4)),
            Throws.InstanceOf<NotSupportedException>().Or.InstanceOf<System.Runtime.InteropServices.ExternalException>()
        );
    }

    [Test]
    public void AProductAndASumInOneShareAsBoth()
    {
        var x = Away(7, 3, 3);
        var composite = new Composite { { Functions.MatMul, new UniformEpsilon(1e-8) } };
        var dropIns = Shares(v => Relevance.add(v[0], Relevance.matmul(v[0], v[0])), ones(3, 3, ScalarType.Float64), x)[
            0
        ]!;
        Assert.That(Distance(RelevanceOf(new FusedSum(), composite, x), dropIns), Is.LessThan(1e-12));
    }

    [Test]
    public void TorchsEncoderLayerIsCoveredWhole()
    {
        // Everything in it is a function: not one module in it has a rule.
        using var model = new Encoder();
        model.eval();
        using var registration = new Composite { { Functions.AttnLrp } }.Register(model);
        var relevance = Explain(model, Away(7, 2, 5, 8));
        var report = registration.Conservation();
        Assert.That(relevance.isfinite().all().item<bool>());
        Assert.That(
            report.LostElsewhere,
            Is.EqualTo(0).Within(1e-6 * Math.Abs(report.Layers.Sum(layer => Math.Abs(layer.RelevanceOut))))
        );
    }

    [Test]
    public void NormalizeHandsRelevanceOn()
    {
        var composite = new Composite { { Functions.Normalize, new Pass() } };
        var relevance = RelevanceOf(new Normalized(), composite, Away(7, 3, 4));
        Assert.That(SameBits(relevance, ones(3, 4, ScalarType.Float64)));
    }

    [Test]
    public void AttentionThroughAttnLrpIsTheDropIns()
    {
        var x = Away(7, 2, 5, 8);
        Assert.That(
            SameBits(RelevanceOf(new Attending(false), MixedModel.WithFunctions(), x), Explain(new Attending(true), x))
        );
    }

    [Test]
    public void StopRelevanceEndsAtAFunction()
    {
        var x = Away(7, 4).abs();
        var composite = new Composite { { Functions.Mul, new StopRelevance() } };
        using var registration = composite.Register(new Calling(t => t + t * t), start: RelevanceStart.Gradient);
        // x + x·x, the second of which passes nothing on.
        Assert.That(SameBits(Explain((nn.Module<Tensor, Tensor>)registration.Model, x), ones(4, ScalarType.Float64)));
    }

    private sealed class Affine : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "weight")]
        private readonly Parameter _weight;

        [ComponentName(Name = "bias")]
        private readonly Parameter? _bias;
        private readonly bool _dropIn;

        public Affine(bool dropIn, bool bias)
            : base(nameof(Affine))
        {
            _dropIn = dropIn;
            _weight = new Parameter(Away(1, 6, 8));
            _bias = bias ? new Parameter(Away(2, 6)) : null;
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) =>
            _dropIn ? Relevance.linear(x, _weight, _bias) : nn.functional.linear(x, _weight, _bias!);
    }

    private sealed class Normalized() : nn.Module<Tensor, Tensor>(nameof(Normalized))
    {
        public override Tensor forward(Tensor x) => nn.functional.normalize(x, dim: -1);
    }

    private sealed class Activated(bool inPlace) : nn.Module<Tensor, Tensor>(nameof(Activated))
    {
        public override Tensor forward(Tensor x) =>
            inPlace ? nn.functional.silu(-x.clone()).tanh_() : nn.functional.silu(-x).tanh();
    }

    private sealed class Quotient() : nn.Module<Tensor, Tensor>(nameof(Quotient))
    {
        public override Tensor forward(Tensor x) => x / x.exp();
    }

    private sealed class FusedSum() : nn.Module<Tensor, Tensor>(nameof(FusedSum))
    {
        public override Tensor forward(Tensor x) => addmm(x, x, x, 1, 1);
    }

    private sealed class Encoder : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "layer")]
        private readonly TransformerEncoderLayer _layer;

        public Encoder()
            : base(nameof(Encoder))
        {
            _layer = nn.TransformerEncoderLayer(8, 2, 16);
            _layer.to(ScalarType.Float64);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => _layer.call(x, null!, null!);
    }

    private sealed class Attending(bool dropIn) : nn.Module<Tensor, Tensor>(nameof(Attending))
    {
        public override Tensor forward(Tensor x) =>
            dropIn
                ? Relevance.scaled_dot_product_attention(x, x, x, is_casual: true)
                : nn.functional.scaled_dot_product_attention(x, x, x, is_casual: true);
    }
}
