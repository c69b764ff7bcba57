using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Tests.FunctionRules;

/// <summary>Where a scope intercepts operators, and where it does not.</summary>
public class InterceptionScopeTests
{
    private int _calls;

    [SetUp]
    public void CountFromZero() => _calls = 0;

    [Test]
    public void OnlyListedOperatorsAreIntercepted()
    {
        var seen = new List<string>();
        using var a = ones(2);
        using (
            OperatorInterception.Enter(
                ["aten::mul.Tensor", "aten::exp"],
                call =>
                {
                    seen.Add(call.FullName);
                    return OperatorCall.LetThrough;
                }
            )
        )
        {
            _ = a + a;
            _ = a * a;
            _ = a.exp();
        }
        Assert.That(seen, Is.EqualTo(new[] { "aten::mul.Tensor", "aten::exp" }));
    }

    [Test]
    public void TheInnermostScopeThatListsTheOperatorHandlesIt()
    {
        var seen = new List<string>();
        using var a = ones(2);
        using var outer = OperatorInterception.Enter(
            null,
            call =>
            {
                seen.Add("outer " + call.Operator);
                return OperatorCall.LetThrough;
            }
        );
        using (
            OperatorInterception.Enter(
                ["aten::mul"],
                call =>
                {
                    seen.Add("inner " + call.Operator);
                    return OperatorCall.LetThrough;
                }
            )
        )
        {
            _ = a * a;
            _ = a + a;
        }
        _ = a * a;
        Assert.That(seen, Is.EqualTo(new[] { "inner aten::mul", "outer aten::add", "outer aten::mul" }));
    }

    [Test]
    public void NothingIsInterceptedInsideAHandler()
    {
        var calls = 0;
        using var a = ones(2);
        using var scope = OperatorInterception.Enter(
            null,
            call =>
            {
                calls++;
                return a.mul(2).add(1);
            }
        );
        _ = a.exp();
        Assert.That(calls, Is.EqualTo(1));
    }

    [Test]
    public void AHandlerCanEnterAScopeOfItsOwn()
    {
        var inner = new List<string>();
        using var a = ones(2);
        using var scope = OperatorInterception.Enter(
            ["aten::exp"],
            call =>
            {
                using (
                    OperatorInterception.Enter(
                        null,
                        within =>
                        {
                            inner.Add(within.Operator);
                            return OperatorCall.LetThrough;
                        }
                    )
                )
                {
                    return a.mul(2);
                }
            }
        );
        _ = a.exp();
        _ = a.exp();
        Assert.That(inner, Is.EqualTo(new[] { "aten::mul", "aten::mul" }));
    }

    [Test]
    public void AnotherThreadIsNotIntercepted()
    {
        using var a = ones(2);
        using var scope = OperatorInterception.Enter(null, Counted);
        var thread = new Thread(() => _ = a + a);
        thread.Start();
        thread.Join();
        Assert.That(_calls, Is.Zero);
    }

    [Test]
    public void TwoThreadsHaveScopesOfTheirOwn()
    {
        using var a = ones(2);
        var results = new float[2];
        Parallel.For(
            0,
            2,
            k =>
            {
                for (var n = 0; n < 200; n++)
                {
                    using var scope = OperatorInterception.Enter(["aten::exp"], call => full([1], k + 1f));
                    results[k] += a.exp().item<float>();
                }
            }
        );
        Assert.That(results, Is.EqualTo(new[] { 200f, 400f }));
    }

    [Test]
    public void AfterDisposeNothingIsIntercepted()
    {
        using var a = ones(2);
        var scope = OperatorInterception.Enter(null, Counted);
        scope.Dispose();
        scope.Dispose();
        _ = a + a;
        Assert.That((_calls, scope.IsLeft), Is.EqualTo((0, true)));
    }

    [Test]
    public void LeavingAnOuterScopeLeavesThoseWithinIt()
    {
        using var a = ones(2);
        var outer = OperatorInterception.Enter(null, Counted);
        var inner = OperatorInterception.Enter(null, Counted);
        outer.Dispose();
        _ = a + a;
        Assert.That((_calls, inner.IsLeft), Is.EqualTo((0, true)));
    }

    [Test]
    public void WithinASuspendedScopeNothingIsIntercepted()
    {
        using var a = ones(2);
        using var scope = OperatorInterception.Enter(null, Counted);
        using (OperatorInterception.Suspend())
        {
            _ = a + a;
        }

        Assert.That(_calls, Is.Zero);
        _ = a + a;
        Assert.That(_calls, Is.EqualTo(1));
    }

    [Test]
    public void AScopeForGradientsSleepsWhereThereAreNone()
    {
        using var a = ones(2, requires_grad: true);
        using var constant = ones(2);
        using var scope = OperatorInterception.Enter(
            ["aten::add"],
            Counted,
            new InterceptionOptions { OnlyWithGradients = true }
        );
        using (no_grad())
        {
            _ = a + a;
        }

        _ = constant + constant;
        Assert.That(_calls, Is.Zero);
        _ = constant + a;
        Assert.That(_calls, Is.EqualTo(1));
    }

    private object Counted(OperatorCall call)
    {
        _calls++;
        return OperatorCall.LetThrough;
    }
}
