using Lrp.Composites;
using Lrp.Decomposition;
using Lrp.Decomposition.Families;
using Lrp.Rules.FunctionRules;
using TorchSharp;
using static Lrp.Tests.Decomposition.TwoLayers;
using static TorchSharp.torch;

namespace Lrp.Tests.Decomposition;

/// <summary>What an entry of a composite decides about a module or an operator of a decomposed model.</summary>
[TestFixture]
public sealed class DecompositionEntryTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Begin()
    {
        _scope = NewDisposeScope();
        manual_seed(7);
    }

    [TearDown]
    public void End() => _scope.Dispose();

    [Test]
    public void AnOperatorWithoutARuleFailsWithItsNameItsModuleAndTheWaysOut()
    {
        var inner = new Lambda(x => x.prod(1));
        using var model = nn.Sequential(("first", nn.Linear(4, 3)), ("product", inner)).to(ScalarType.Float64);
        var x = rand(2, 4, ScalarType.Float64);
        using var run = new Composite().Decompose(model, Composition.PerIndex(x, 1));
        Assert.That(
            () => model.call(x),
            Throws
                .Exception.With.Message.Contains("aten::prod")
                .And.Message.Contains("'product'")
                .And.Message.Contains("opaque")
        );
    }

    [Test]
    public void AnOpaqueModuleLeavesItsOutputToTheResidual()
    {
        var inner = new Lambda(x => x.prod(1));
        using var model = nn.Sequential(("first", nn.Linear(4, 3)), ("product", inner)).to(ScalarType.Float64);
        var x = rand(2, 4, ScalarType.Float64);
        using var run = new Composite { { "product", new OpaqueModule() } }.Decompose(
            model,
            Composition.PerIndex(x, 1)
        );
        var output = run.Of(model.call(x));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(output.Residual.allclose(output.Value), Is.True);
            Assert.That(output.Components.abs().max().item<double>(), Is.Zero);
        }
    }

    [Test]
    public void AnOpaqueOperatorLeavesItsOutputToTheResidual()
    {
        using var model = new Lambda(x => x.prod(1) + x.sum([1L]));
        var x = rand(2, 4, ScalarType.Float64);
        using var composition = Composition.PerIndex(x, 1);
        using var run = new Composite { { new OperatorKey("aten::prod"), new OpaqueOperator() } }.Decompose(
            model,
            composition
        );
        var output = run.Of(model.call(x));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(output.Residual.allclose(x.prod(1)), Is.True);
            Assert.That(output.Components.allclose(x.t()), Is.True);
        }
    }

    [Test]
    public void AFunctionsEntryBeatsTheAlgorithm()
    {
        using var model = new Lambda(x => x.softmax(-1));
        var x = rand(2, 4, ScalarType.Float64);
        using var run = new Composite { { Functions.Softmax, new OpaqueOperator() } }.Decompose(
            model,
            Composition.PerIndex(x, 1)
        );
        Assert.That(run.Of(model.call(x)).Components.abs().max().item<double>(), Is.Zero);
    }

    [Test]
    public void TheInnermostAlgorithmRules()
    {
        using var model = Network();
        var x = rand(2, 4, ScalarType.Float64);
        using var run = new Composite { { typeof(nn.Module), new Affine() }, { "1", new NoDecomposition() } }.Decompose(
            model,
            Composition.PerIndex(x, 1)
        );
        model.call(x);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run["1"].Components.abs().max().item<double>(), Is.Zero);
            Assert.That(run["0"].Components.abs().max().item<double>(), Is.Positive);
        }
    }

    [Test]
    public void ARuleOfOnesOwnForAModuleIsOneStep()
    {
        using var model = Network();
        var x = rand(2, 4, ScalarType.Float64);
        var all = ModuleDecomposition.From(
            (_, context) =>
            {
                var input = context.Input(0);
                var share = context.Output / input.Value;
                return input.Split.Map(t => t * share);
            }
        );
        using var run = new Composite { { "1", all } }.Decompose(model, Composition.PerIndex(x, 1));
        Assert.That(run.Of(model.call(x)).ReconstructionError(), Is.LessThan(1e-12));
    }
}
