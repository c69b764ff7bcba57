using Lrp.Attribution.Gradients;
using Lrp.Composites;
using Lrp.Composites.Canonizers;
using Lrp.Core;
using Lrp.Core.Conservation;
using TorchSharp;
using static TorchSharp.torch;
using Linear = TorchSharp.Modules.Linear;

namespace Lrp.Tests.Engine;

/// <summary>Sums that are wrong are said in words, with the layers and the remedy.</summary>
[TestFixture]
public sealed class ConservationWarningTests
{
    private DisposeScope _scope = null!;
    private CollectingLogger _logger = null!;

    private static Composite Everywhere =>
        new() { { typeof(Linear), LrpRule.Epsilon() }, { LayerTypes.Activation, LrpRule.Pass() } };

    [SetUp]
    public void Open()
    {
        _scope = NewDisposeScope();
        _logger = new CollectingLogger();
        manual_seed(17);
    }

    [TearDown]
    public void Close() => _scope.Dispose();

    [Test]
    public void SumsThatAreInOrderHaveNoWarning()
    {
        var report = Explain(Everywhere, nn.Sequential(("fc", nn.Linear(4, 3, hasBias: false)), ("act", nn.ReLU())));
        Assert.That(report.Warnings, Is.Empty);
        Assert.That(report.ToString(), Does.Not.Contain("Warning"));
    }

    [Test]
    public void RelevanceThatIsAddedElsewhereNamesTheModulesWithoutARule()
    {
        var report = Explain(Everywhere, new Doubling());
        var warning = report.Warnings.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(warning, Does.Contain("added outside").And.Contain("'scale' (Bilinear)"));
            Assert.That(warning, Does.Contain("100 %").And.Contain("docs/functions.md"));
            Assert.That(report.ToString(), Does.EndWith($"Warning: {warning}"));
        }
    }

    [Test]
    public void RelevanceThatBiasesAbsorbNamesTheLayersThatLostMostAndTheRemedy()
    {
        var (small, large) = (nn.Linear(4, 4), nn.Linear(4, 3));
        using (no_grad())
        {
            small.bias!.fill_(0.01);
            large.bias!.fill_(1000);
        }

        var report = Explain(Everywhere, nn.Sequential(("small", small), ("large", large)));
        var warning = report.Warnings.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(warning, Does.Contain("absorbed by layers with rules, most by 'large' (Linear, Epsilon"));
            Assert.That(warning, Does.Contain("excludeBias: true").And.Contain("MergeBatchNorm"));
        }
    }

    [TestCase(float.PositiveInfinity)]
    [TestCase(float.NaN)]
    public void RelevanceThatIsNoNumberNamesTheLayerWhereItBegan(float factor)
    {
        var composite = new Composite { { "middle", new Times(factor) }, Everywhere };
        var model = nn.Sequential(("first", nn.Linear(4, 4)), ("middle", nn.Tanh()), ("last", nn.Linear(4, 3)));
        var warning = Explain(composite, model).Warnings.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(warning, Does.Contain("from 'middle' (Tanh, Times) on"));
            Assert.That(warning, Does.Contain("larger epsilon").And.Contain("MergeBatchNorm"));
        }
    }

    [Test]
    public void AStartWhosePartsCancelIsComparedWithItsSizeAndNotWithItsSum()
    {
        var model = nn.Sequential(("fc", nn.Linear(4, 2)));
        using (no_grad())
        {
            model.get_parameter("fc.bias")!.copy_(tensor(new[] { 0.001f, 0.002f }));
        }

        using var registration = Everywhere.Register(model, start: RelevanceStart.Gradient);
        model
            .call(ones(1, 4).requires_grad_())
            .backward([
                tensor(
                    new[,]
                    {
                        { 1f, -1f },
                    }
                ),
            ]);
        var report = registration.Conservation();
        Assert.That(report.ModelOutput, Is.Zero.Within(1e-6));
        Assert.That(report.Warnings, Is.Empty);
    }

    [Test]
    public void RulesThatChangeGradientsHaveNoSumsToWarnAbout()
    {
        var model = nn.Sequential(("fc", nn.Linear(4, 4)), ("act", nn.ReLU()), ("out", nn.Linear(4, 2)));
        Assert.That(Explain(Presets.GuidedBackprop(), model).Warnings, Is.Empty);
    }

    [Test]
    public void AnAttributorLogsTheSameSentencesOncePerCall()
    {
        var composite = Everywhere;
        var model = new Doubling();
        var warning = Explain(composite, model).Warnings.Single();
        var method = new CompositeAttributor(composite, "mine") { Logger = _logger, ChunkSize = 1 };
        method.Attribute(model, ones(3, 4)).Dispose();
        Assert.That(_logger.Warnings, Has.Exactly(1).StartsWith("mine: ").And.Exactly(1).EqualTo($"mine: {warning}"));
    }

    [TestCase(false, false, true)]
    [TestCase(false, true, false)]
    [TestCase(true, false, false)]
    public void EpsilonBeforeABatchNormThatIsNotMergedIsSaidAtRegister(bool merges, bool named, bool warns)
    {
        var model = nn.Sequential(("fc", nn.Linear(4, 3)), ("norm", nn.BatchNorm1d(3)), ("act", nn.ReLU()));
        model.eval();
        ICanonizer[] canonizers =
            merges ? [new MergeBatchNorm()]
            : named ? [new NamedMergeBatchNorm(("fc", "norm"))]
            : [];
        using var registration = Presets.EpsilonPlus(canonizers: canonizers).Register(model, _logger);
        Assert.That(
            _logger.Warnings,
            warns
                ? Has.Exactly(1).Contains("'fc' with 'norm'").And.Exactly(1).Contains("new MergeBatchNorm()")
                : Is.Empty
        );
    }

    [Test]
    public void OtherRulesBeforeABatchNormAreNotWarnedAbout()
    {
        var model = nn.Sequential(("conv", nn.Conv1d(4, 3, 1)), ("norm", nn.BatchNorm1d(3)));
        model.eval();
        Presets.EpsilonPlus().Register(model, _logger).Dispose();
        Assert.That(_logger.Warnings, Is.Empty);
    }

    private static ConservationReport Explain(Composite composite, nn.Module<Tensor, Tensor> model)
    {
        using var registration = composite.Register(model);
        model.call(ones(1, 4).requires_grad_())[0, 1].backward();
        return registration.Conservation();
    }

    private sealed class Times(float factor) : BackwardRule
    {
        public override RuleNeeds NeedsFor(nn.Module module) => RuleNeeds.Shapes;

        public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call) => [call.Relevance.mul(factor)];

        public override string ToString() => nameof(Times);
    }

    /// <summary>
    /// x + x, each taking all relevance by its gradient, and a module without a rule that is not used.
    /// </summary>
    private sealed class Doubling : nn.Module<Tensor, Tensor>
    {
        private readonly Linear _layer = nn.Linear(4, 3, hasBias: false);

        public Doubling()
            : base(nameof(Doubling))
        {
            register_module("layer", _layer);
            register_module("scale", nn.Bilinear(2, 2, 2));
        }

        public override Tensor forward(Tensor input)
        {
            var output = _layer.call(input);
            return output + output.alias();
        }
    }
}
