using System.Runtime.InteropServices;
using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Tests.FunctionRules;

/// <summary>What a handler gets of an operator, and what becomes of what it returns.</summary>
public class OperatorInterceptionTests
{
    [Test]
    public void AHandlerSeesEachOperatorWithItsArguments()
    {
        var seen = new List<string>();
        using var a = ones(2, 3);
        using var b = ones(2, 3);
        using (
            OperatorInterception.Enter(
                null,
                call =>
                {
                    seen.Add(call.ToString());
                    return OperatorCall.LetThrough;
                }
            )
        )
        {
            using var sum = a.add(b, 2);
        }
        Assert.That(seen, Is.EqualTo(new[] { "aten::add.Tensor(self: [2, 3], other: [2, 3], alpha: 2)" }));
    }

    [Test]
    public void TheHandlersResultTakesThePlaceOfTheOperators()
    {
        using var a = ones(2);
        using var scope = OperatorInterception.Enter(["aten::exp"], call => zeros(3));
        Assert.That(a.exp().shape, Is.EqualTo(new long[] { 3 }));
    }

    [Test]
    public void InvokeRunsTheOperatorOnOtherArguments()
    {
        using var a = ones(2);
        using var scope = OperatorInterception.Enter(
            ["aten::add"],
            call => call.Invoke([call.Arguments[0], call.Arguments[1], 10L])
        );
        Assert.That((a + a).data<float>().ToArray(), Is.EqualTo(new[] { 11f, 11f }));
    }

    [Test]
    public void SeveralResultsPassAsAnArray()
    {
        using var a = tensor(new[] { 1f, 3f, 2f });
        object? results = null;
        using var scope = OperatorInterception.Enter(["aten::max"], call => results = call.Invoke());
        var (values, indexes) = a.max(0);
        Assert.That(results, Is.InstanceOf<object?[]>().With.Length.EqualTo(2));
        Assert.That((values.item<float>(), indexes.item<long>()), Is.EqualTo((3f, 1L)));
    }

    [Test]
    public void TensorListsPassInBothDirections()
    {
        using var a = arange(4, dtype: ScalarType.Float32);
        using var scope = OperatorInterception.Enter(["aten::cat", "aten::chunk"], call => call.Invoke());
        var joined = cat([a, a]);
        var parts = joined.chunk(4);
        Assert.That(parts, Has.Length.EqualTo(4));
        Assert.That(parts[1].data<float>().ToArray(), Is.EqualTo(new[] { 2f, 3f }));
    }

    [Test]
    public void MissingTensorsInAListStayMissing()
    {
        using var a = arange(6, dtype: ScalarType.Float32).reshape(2, 3);
        using var column = tensor(new long[] { 2 });
        IReadOnlyList<object?>? arguments = null;
        using var scope = OperatorInterception.Enter(
            ["aten::index"],
            call =>
            {
                arguments = call.Arguments;
                return call.Invoke();
            }
        );
        var picked = a[TensorIndex.Colon, TensorIndex.Tensor(column)];
        Assert.That(arguments![1], Is.InstanceOf<Tensor?[]>());
        Assert.That(((Tensor?[])arguments[1]!)[0], Is.Null);
        Assert.That(picked.reshape(-1).data<float>().ToArray(), Is.EqualTo(new[] { 2f, 5f }));
    }

    [Test]
    public void TheGraphGoesThroughAnInterceptedOperator()
    {
        using var a = tensor(new[] { 2f }, requires_grad: true);
        using (OperatorInterception.Enter(["aten::mul"], call => call.Invoke()))
        {
            (a * a).sum().backward();
        }

        Assert.That(a.grad!.item<float>(), Is.EqualTo(4f));
    }

    [Test]
    public void AnExceptionOfTheHandlerReachesTheCallerAndIsKept()
    {
        using var a = ones(2);
        using var scope = OperatorInterception.Enter(["aten::exp"], call => throw new TimeoutException("too late"));
        var thrown = Assert.Catch(() => a.exp());
        Assert.That(thrown, Is.InstanceOf<TimeoutException>().Or.InstanceOf<ExternalException>());
        Assert.That(thrown!.Message, Does.Contain("too late"));
        Assert.That(scope.Fault, Is.InstanceOf<TimeoutException>());
    }

    [Test]
    public void AfterAnExceptionTheScopeGoesOn()
    {
        var calls = 0;
        using var a = ones(2);
        using (
            OperatorInterception.Enter(
                ["aten::exp"],
                call => ++calls == 1 ? throw new TimeoutException() : call.Invoke()
            )
        )
        {
            Assert.Catch(() => a.exp());
            Assert.That(a.exp().shape, Is.EqualTo(new long[] { 2 }));
        }
        _ = a.exp();
        Assert.That(calls, Is.EqualTo(2));
    }

    [Test]
    public void AFailedOperatorThrowsInTheHandler()
    {
        using var a = ones(2, 3);
        Exception? inside = null;
        using var scope = OperatorInterception.Enter(
            ["aten::matmul"],
            call =>
            {
                inside = Assert.Catch(() => call.Invoke());
                return zeros(1);
            }
        );
        _ = a.matmul(a);
        Assert.That(inside, Is.InstanceOf<ExternalException>().With.Message.Contains("aten::matmul"));
    }

    [Test]
    public void AnInPlaceOperatorMustAnswerWithTheTensorItChanged()
    {
        using var a = ones(2);
        using var scope = OperatorInterception.Enter(["aten::add_"], call => zeros(2));
        Assert.That(Assert.Catch(() => a.add_(a))!.Message, Does.Contain("in-place"));
    }

    [Test]
    public void AnInPlaceOperatorChangesItsTensor()
    {
        using var a = ones(2);
        using var scope = OperatorInterception.Enter(["aten::add_"], call => call.Invoke());
        a.add_(a);
        Assert.That(a.data<float>().ToArray(), Is.EqualTo(new[] { 2f, 2f }));
    }

    [Test]
    public void TooFewResultsAreAnError()
    {
        using var a = ones(2);
        using var scope = OperatorInterception.Enter(["aten::max.dim"], call => new object?[] { ones(1) });
        Assert.That(Assert.Catch(() => a.max(0))!.Message, Does.Contain("2 results"));
    }

    [Test]
    public void ACompositeOperatorCanBeTakenApart()
    {
        var seen = new List<string>();
        using var x = ones(2, 4);
        using var scope = OperatorInterception.Enter(
            null,
            call =>
            {
                seen.Add(call.Operator);
                return call.IsComposite ? call.Decompose() : call.Invoke();
            }
        );
        var y = x.softmax(-1);
        Assert.That(seen, Is.EqualTo(new[] { "aten::special_softmax", "aten::softmax", "aten::to", "aten::_softmax" }));
        Assert.That(y.data<float>().ToArray(), Is.All.EqualTo(0.25f));
    }

    [Test]
    public void AnOperatorThatIsNotCompositeCannotBeTakenApart()
    {
        using var a = ones(2);
        using var scope = OperatorInterception.Enter(["aten::add"], call => call.Decompose());
        Assert.That(Assert.Catch(() => _ = a + a)!.Message, Does.Contain("not made of other operators"));
    }

    [Test]
    public void AnyOperatorCanBeInvokedByName()
    {
        using var a = ones(2);
        using var sum = (Tensor)OperatorCall.InvokeByName("aten::add", "Tensor", a, a, 1L)!;
        Assert.That(sum.data<float>().ToArray(), Is.EqualTo(new[] { 2f, 2f }));
        Assert.That(
            () => OperatorCall.InvokeByName("aten::nothing", ""),
            Throws.ArgumentException.With.Message.Contains("aten::nothing")
        );
    }

    [Test]
    public void IdentityTellsTensorsApartAndHandlesTogether()
    {
        using var a = ones(2);
        using var b = ones(2);
        nint seen = 0;
        using (
            OperatorInterception.Enter(
                ["aten::exp"],
                call =>
                {
                    seen = OperatorInterception.IdentityOf((Tensor)call.Arguments[0]!);
                    return OperatorCall.LetThrough;
                }
            )
        )
        {
            _ = a.exp();
        }

        Assert.That(
            seen,
            Is.EqualTo(OperatorInterception.IdentityOf(a)).And.Not.EqualTo(OperatorInterception.IdentityOf(b))
        );
    }

    [Test]
    public void WhatAHandlerLeavesBehindIsFreed()
    {
        using var a = ones(64, 64);
        Tensor? intermediate = null;
        Tensor? kept = null;
        using (
            OperatorInterception.Enter(
                ["aten::exp"],
                call =>
                {
                    intermediate = a.mul(2);
                    kept = a.mul(3).DetachFromDisposeScope();
                    return intermediate.add(kept);
                }
            )
        )
        {
            Assert.That(a.exp().sum().item<float>(), Is.EqualTo(5f * 64 * 64));
        }
        Assert.That((intermediate!.IsInvalid, kept!.IsInvalid), Is.EqualTo((true, false)));
    }

    [Test]
    public void AHundredThousandCallsLeaveMemoryAlone()
    {
        using var a = ones(256, 256);
        using var scope = OperatorInterception.Enter(["aten::add", "aten::chunk"], call => call.Invoke());
        Run(2_000);
        var before = HeldMemory.Now();
        Run(100_000);
        HeldMemory.AssertNoMoreThan(before);

        void Run(int calls)
        {
            for (var k = 0; k < calls; k += 2)
            {
                using var disposed = NewDisposeScope();
                _ = a.add(1);
                _ = a.chunk(2);
            }
        }
    }
}
