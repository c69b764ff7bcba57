using Lrp.Composites;
using Lrp.Decomposition;
using Lrp.Decomposition.Families;
using TorchSharp;
using static Lrp.Tests.Decomposition.AffineModel;
using static Lrp.Tests.Decomposition.Scripted;
using static TorchSharp.torch;

namespace Lrp.Tests.Decomposition;

/// <summary>Where it cannot be told what a tensor consists of, its composition is refused.</summary>
[TestFixture]
public sealed class RefusedWriteTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Begin()
    {
        _scope = NewDisposeScope();
        manual_seed(3);
    }

    [TearDown]
    public void End() => _scope.Dispose();

    [Test]
    public void AnotherReductionIsRefused()
    {
        using var model = new Lambda(x => Call("scatter_largest", x, Zeros(4, 3).to(ScalarType.Int64), x));
        using var composition = Composition.PerIndex(randn(4, 3, ScalarType.Float64), 0);
        using var run = new Composite().Decompose(model, composition);
        var output = model.call(composition.Value);
        Assert.That(() => run.Of(output), Throws.InstanceOf<DecompositionException>().With.Message.Contains("amax"));
    }

    [Test]
    public void ATensorChangedInPlaceInsideAnOpaqueModuleIsRefused()
    {
        var inner = new Lambda(x => Into(x.sum(), _ => x[0].mul_(2)));
        using var model = new Lambda(
            x =>
            {
                var y = x * 2;
                var sum = inner.call(y);
                return y + sum;
            },
            inner
        ).Registered();
        using var composition = Composition.PerIndex(randn(4, 3, ScalarType.Float64), 0);
        using var run = new Composite { { "inner0", new OpaqueModule() } }.Decompose(model, composition);
        Assert.That(
            () => model.call(composition.Value),
            Throws.Exception.With.Message.Contains("aten::mul_").And.Message.Contains("'inner0'")
        );
    }

    [Test]
    public void AnOpaqueModuleMayOverwriteItsInputWithItsOutput()
    {
        using var layer = nn.Linear(3, 3).to(ScalarType.Float64);
        using var relu = nn.ReLU(inplace: true);
        using var model = nn.Sequential(
            ("layer", layer),
            ("relu", relu),
            ("last", nn.Linear(3, 2).to(ScalarType.Float64))
        );
        using var composition = Composition.PerIndex(randn(4, 3, ScalarType.Float64), 0);
        using var run = new Composite
        {
            { "relu", new OpaqueModule() },
            {
                typeof(nn.Module),
                new Affine { BiasPolicy = new BiasByValue() }
            },
        }.Decompose(model, composition);
        var output = run.Of(model.call(composition.Value));
        var hidden = run["layer"];
        Assert.That(output.Components.abs().max().item<double>(), Is.Zero);
        Assert.That(hidden.Value.lt(0).any().item<bool>(), Is.True, "the value before the ReLU");
        Assert.That(hidden.ReconstructionError(), Is.LessThan(1e-12));
    }

    [Test]
    public void WhatIsChangedAfterTheCallIsRefused()
    {
        var weight = randn(3, 3, ScalarType.Float64);
        using var model = new Lambda(x => x.matmul(weight));
        using var composition = Composition.PerIndex(randn(4, 3, ScalarType.Float64), 0);
        using var run = new Composite().Decompose(model, composition);
        var (output, other) = (model.call(composition.Value), composition.Value.clone());
        weight.mul_(2);
        Assert.That(
            () => run.Of(output),
            Throws
                .InstanceOf<DecompositionException>()
                .With.Message.Contains("matmul")
                .And.Message.Contains("changed in place")
        );

        output = model.call(composition.Value);
        output.mul_(2);
        Assert.That(
            () => run.Of(output),
            Throws.InstanceOf<DecompositionException>().With.Message.Contains("changed in place")
        );
        Assert.That(composition.Value.allclose(other), Is.True);
    }
}
