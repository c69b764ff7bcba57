using Lrp.Composites;
using Lrp.Decomposition;
using Lrp.Decomposition.Families;
using Lrp.Tests.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Composites;

/// <summary>TorchSharp's base types as keys mean every layer.</summary>
[TestFixture]
public sealed class BaseTypeTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Open() => _scope = NewDisposeScope();

    [TearDown]
    public void Close() => _scope.Dispose();

    [TestCase(typeof(nn.Module))]
    [TestCase(typeof(nn.Module<Tensor, Tensor>))]
    public void AContainerIsNotMatchedByABaseType(Type type)
    {
        var model = nn.Sequential(("block", nn.Sequential(("fc", nn.Linear(3, 3)), ("act", nn.ReLU()))));
        using var registration = new Composite { { type, LrpRule.Epsilon() } }.Register(model);
        Assert.That(registration.Sites.Select(site => site.Name), Is.EqualTo(new[] { "block.fc", "block.act" }));
    }

    [Test]
    public void AContainerIsMatchedByItsOwnTypeAndByAUsersBaseType()
    {
        var model = nn.Sequential(("inner", new Block()));
        using (
            var registration = new Composite { { typeof(TorchSharp.Modules.Sequential), LrpRule.Epsilon() } }.Register(
                model
            )
        )
        {
            Assert.That(registration.Sites.Single().Name, Is.Empty);
        }

        using (var registration = new Composite { { typeof(Base), LrpRule.Epsilon() } }.Register(model))
        {
            Assert.That(registration.Sites.Single().Name, Is.EqualTo("inner"));
        }
    }

    [Test]
    public void AModuleOfAUserWithTheNameModuleIsNotTheWholeModel()
    {
        var model = nn.Sequential(("first", new Module()), ("second", nn.ReLU()));
        var x = tensor(
            new[,]
            {
                { 1.0, -2.0, 3.0, -4.0 },
            }
        );
        var composite = new Composite { { typeof(Module), new NoDecomposition() } };
        using (var run = composite.Decompose(model, Composition.PerFeature(x)))
        {
            // The user's module decomposes nothing, the ReLU behind it by the default algorithm: all is residual.
            using var split = run.Of(model.call(x));
            Assert.That(split.Components.abs().sum().item<double>(), Is.Zero);
        }

        using var everywhere = new Composite { { typeof(nn.Module), new Affine() } }.Decompose(
            model,
            Composition.PerFeature(x)
        );
        using var whole = everywhere.Of(model.call(x));
        Assert.That(whole.Components.abs().sum().item<double>(), Is.GreaterThan(0));
    }

    [Test]
    public void AnOpaqueRuleForEveryModuleIsThatOfEachLayer()
    {
        var model = nn.Sequential(("fc", nn.Linear(4, 3).to(ScalarType.Float64)), ("act", nn.ReLU()));
        var x = randn(1, 4, ScalarType.Float64);
        using var run = new Composite { { typeof(nn.Module), new OpaqueModule() } }.Decompose(
            model,
            Composition.PerFeature(x)
        );
        var output = model.call(x);
        using var split = run.Of(output);
        Assert.That(split.Components.abs().sum().item<double>(), Is.Zero);
        Assert.That(split.Residual.allclose(output), Is.True);
    }

    [Test]
    public void DecomposeReportsPatternsThatMatchNothing()
    {
        var logger = new CollectingLogger();
        var model = nn.Sequential(("fc", nn.Linear(4, 3)));
        using var run = new Composite { { "layer*", new Affine() } }.Decompose(
            model,
            Composition.PerFeature(randn(1, 4)),
            new DecompositionOptions { Logger = logger }
        );
        Assert.That(logger.Warnings, Has.Some.Contains("layer*"));
    }

    [Test]
    public void DecomposeRefusesAnOperatorThatDoesNotExist() =>
        Assert.That(
            () =>
                new Composite { { new OperatorKey("logcumsumxep"), new OpaqueOperator() } }.Decompose(
                    nn.Linear(4, 3),
                    Composition.PerFeature(randn(1, 4))
                ),
            Throws.ArgumentException.With.Message.Contains("aten::logcumsumxep")
        );

    private abstract class Base(string name) : nn.Module<Tensor, Tensor>(name);

    private sealed class Block : Base
    {
        private readonly TorchSharp.Modules.Linear _layer = nn.Linear(3, 3);

        public Block()
            : base(nameof(Block)) => register_module("layer", _layer);

        public override Tensor forward(Tensor input) => _layer.call(input);
    }

    private sealed class Module() : nn.Module<Tensor, Tensor>(nameof(Module))
    {
        public override Tensor forward(Tensor input) => input.tanh();
    }
}
