using System.Runtime.InteropServices;
using Lrp.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Engine;

[TestFixture]
public sealed class VectorJacobianTests
{
    private DisposeScope _scope = null!;
    private Tensor _leaf = null!;

    [SetUp]
    public void Begin()
    {
        _scope = NewDisposeScope();
        _leaf = tensor(new double[] { 1, -2, 3 }).requires_grad_();
    }

    [TearDown]
    public void End()
    {
        _leaf.Dispose();
        _scope.Dispose();
    }

    [Test]
    public void IsWhatAutogradGives()
    {
        var vector = tensor(new double[] { 1, 10, 100 });
        var expected = autograd.grad([_leaf.pow(3)], [_leaf], [vector])[0];
        Assert.That(VectorJacobian.Product(_leaf.pow(3), _leaf, vector)!.allclose(expected), Is.True);
    }

    [Test]
    public void LeavesNoGradientBehindAndGivesParametersNone()
    {
        var weight = ones(3, ScalarType.Float64, requires_grad: true);
        var product = _leaf.mul(weight);
        _ = VectorJacobian.Product(product, _leaf, ones_like(product));
        Assert.Multiple(() =>
        {
            Assert.That(_leaf.grad, Is.Null);
            Assert.That(weight.grad, Is.Null);
        });
    }

    [Test]
    public void IsTheSameTwiceOverARetainedGraph()
    {
        var square = _leaf.square();
        var first = VectorJacobian.Product(square, _leaf, ones_like(square), retainGraph: true)!.clone();
        Assert.That(VectorJacobian.Product(square, _leaf, ones_like(square))!.allclose(first), Is.True);
    }

    [Test]
    public void IsNullWhereTheOutputDoesNotDependOnTheLeaf()
    {
        var other = ones(3, ScalarType.Float64, requires_grad: true);
        Assert.Multiple(() =>
        {
            Assert.That(VectorJacobian.Product(other.square(), _leaf, ones(3, ScalarType.Float64)), Is.Null);
            Assert.That(VectorJacobian.Product(_leaf.detach(), _leaf, ones(3, ScalarType.Float64)), Is.Null);
        });
    }

    [Test]
    public void AShapeThatDoesNotFitIsAnException() =>
        Assert.That(
            () => VectorJacobian.Product(_leaf.square(), _leaf, ones(2, ScalarType.Float64)),
            Throws.InstanceOf<ExternalException>()
        );

    [Test]
    public void AValueThatWasOverwrittenIsAnException()
    {
        var output = _leaf.sigmoid();
        var later = output.mul(2);
        output.add_(1);
        Assert.That(
            () => VectorJacobian.Product(later, _leaf, ones_like(later)),
            Throws.InstanceOf<ExternalException>().With.Message.Contains("inplace")
        );
    }

    [Test]
    public void WhatIsNoLeafIsRefused() =>
        Assert.That(
            () => VectorJacobian.Product(_leaf.square(), _leaf.square(), ones(3)),
            Throws.ArgumentException.With.Message.Contains("leaf")
        );
}
