using Lrp.Composites;
using Lrp.Core.Interception;
using Lrp.Decomposition;
using Lrp.Decomposition.Families;
using Lrp.Tests.FunctionRules;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Decomposition;

/// <summary>
/// The gate of a norm or an activation that a model writes out is a constant for the parts, whatever its spelling.
/// </summary>
[TestFixture]
public sealed class HandWrittenGateTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Begin()
    {
        _scope = NewDisposeScope();
        manual_seed(5);
    }

    [TearDown]
    public void End() => _scope.Dispose();

    [TestCaseSource(typeof(HandWritten), nameof(HandWritten.All))]
    public void TheGateIsAConstant(HandWritten spelling)
    {
        var (x, weight) = (randn(2, 8, ScalarType.Float64), rand(8, ScalarType.Float64) + 0.5);
        foreach (var algorithm in new DecompositionAlgorithm[] { new Affine(), new Scaling(), new AbsAffine() })
        {
            var written = Decomposed(t => spelling.Written(t, weight), x, algorithm);
            var gated = Decomposed(t => spelling.Form(t, weight, Constant), x, algorithm);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(written.Components.allclose(gated.Components, 1e-12, 1e-12), Is.True, $"{algorithm}");
                Assert.That(written.Residual.allclose(gated.Residual, 1e-12, 1e-12), Is.True, $"{algorithm}");
                Assert.That(written.Components.abs().max().item<double>(), Is.LessThan(20));
            }
        }
    }

    [TestCaseSource(typeof(HandWritten), nameof(HandWritten.All))]
    public void TheGateIsAConstantBehindACache(HandWritten spelling)
    {
        var (x, weight) = (randn(2, 8, ScalarType.Float64), rand(8, ScalarType.Float64) + 0.5);
        var written = Decomposed(t => spelling.Written(Cached(t), weight), x, new Affine());
        var gated = Decomposed(t => spelling.Form(Cached(t), weight, Constant), x, new Affine());
        Assert.That(written.Components.allclose(gated.Components, 1e-12, 1e-12), Is.True);
        Assert.That(written.Residual.allclose(gated.Residual, 1e-12, 1e-12), Is.True);

        static Tensor Cached(Tensor t)
        {
            var cache = ones(4, 8, ScalarType.Float64);
            cache[1..3] = t;
            return cache[1..4];
        }
    }

    [Test]
    public void ALayerNormHasThePartsOfTheFunction()
    {
        var (x, weight) = (randn(2, 8, ScalarType.Float64), rand(8, ScalarType.Float64) + 0.5);
        var expected = Decomposed(t => nn.functional.layer_norm(t, [8], weight, null, 1e-5), x, new Affine());
        foreach (var spelling in HandWritten.LayerNorms.Where(one => one.Name is "rsqrt" or "var()" or "mean by sum"))
        {
            var found = Decomposed(t => spelling.Written(t, weight), x, new Affine());
            Assert.That(found.Components.allclose(expected.Components, 1e-12, 1e-12), Is.True, spelling.Name);
            Assert.That(found.Residual.allclose(expected.Residual, 1e-12, 1e-12), Is.True, spelling.Name);
        }
    }

    [Test]
    public void AProductOfTwoBranchesIsNoGate()
    {
        var x = randn(2, 8, ScalarType.Float64);
        var found = Decomposed(t => t[.., ..4] * t[.., 4..].sigmoid(), x, new Affine());
        var gated = Decomposed(t => t[.., ..4] * Constant(t[.., 4..].sigmoid()), x, new Affine());
        Assert.That(found.ReconstructionError(), Is.LessThan(1e-12));
        Assert.That(found.Components.allclose(gated.Components), Is.False);
    }

    [Test]
    public void WhatWasChangedInPlaceAfterwardsIsNoGate()
    {
        var x = randn(2, 8, ScalarType.Float64);
        var found = Decomposed(
            t =>
            {
                var y = t * 1;
                var gate = y.sigmoid();
                y.mul_(y.tanh());
                return y * gate;
            },
            x,
            new Affine()
        );
        Assert.That(found.ReconstructionError(), Is.LessThan(1e-12));
    }

    /// <summary>The same numbers in memory that no component reaches.</summary>
    private static Tensor Constant(Tensor gate)
    {
        using (OperatorInterception.Suspend())
        {
            return gate.detach().clone();
        }
    }

    private static Composition Decomposed(Func<Tensor, Tensor> function, Tensor x, DecompositionAlgorithm algorithm)
    {
        using var generator = new Generator(1);
        var parts = randn([3, .. x.shape], ScalarType.Float64, generator: generator) * 0.5;
        var composition = Composition.Of(x, parts, x - parts.sum(0L));
        using var model = new Lambda(function);
        using var run = new Composite { { typeof(nn.Module), algorithm } }.Decompose(model, composition);
        var found = run.Of(model.call(composition.Value));
        return Composition.Of(found.Value.clone(), found.Components.clone(), found.Residual.clone(), 0.01);
    }
}
