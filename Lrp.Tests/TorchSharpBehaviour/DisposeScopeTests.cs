using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.TorchSharpBehaviour;

public sealed class DisposeScopeTests
{
    [Test]
    public void AScopeDisposesWhatWasMadeInIt()
    {
        Tensor inside;
        using (NewDisposeScope())
        {
            inside = ones(3);
        }

        Assert.That(inside.IsInvalid);
    }

    [Test]
    public void ATensorMovedToTheOuterScopeOutlivesTheInnerOne()
    {
        using var outer = NewDisposeScope();
        Tensor kept;
        using (NewDisposeScope())
        {
            kept = ones(3).MoveToOuterDisposeScope();
        }

        Assert.Multiple(() =>
        {
            Assert.That(kept.IsInvalid, Is.False);
            Assert.That(outer.Contains(kept));
        });
    }

    [Test]
    public void ATensorMovedOutOfTheOutermostScopeBelongsToNobody()
    {
        Tensor kept;
        using (NewDisposeScope())
        {
            kept = ones(3).MoveToOuterDisposeScope();
        }

        using (kept)
        {
            Assert.That(kept.sum().item<float>(), Is.EqualTo(3f));
        }
    }

    [Test]
    public void DisposingEverythingButSomeKeepsThose()
    {
        using var scope = NewDisposeScope();
        Tensor a = ones(1),
            b = ones(2);
        scope.DisposeEverythingBut(b);
        Assert.Multiple(() =>
        {
            Assert.That(a.IsInvalid);
            Assert.That(b.IsInvalid, Is.False);
            Assert.That(scope.DisposablesCount, Is.EqualTo(1));
        });
    }

    [Test]
    public void ADisposedTensorLeavesItsScope()
    {
        using var scope = NewDisposeScope();
        ones(1).Dispose();
        Assert.That(scope.DisposablesCount, Is.Zero);
    }

    [Test]
    public void ADetachedTensorSurvivesItsScope()
    {
        Tensor kept;
        using (var scope = NewDisposeScope())
        {
            kept = scope.Detach(ones(2));
        }

        Assert.That(kept.IsInvalid, Is.False);
        kept.Dispose();
    }

    [Test]
    public void AnOuterScopeDisposedFirstLeavesTheInnerOneWorking()
    {
        var outer = NewDisposeScope();
        using var inner = NewDisposeScope();
        outer.Dispose();
        using var t = ones(2);
        Assert.That(inner.Contains(t));
    }

    [Test]
    public void ADisposedScopeRefusesWork()
    {
        var scope = NewDisposeScope();
        scope.Dispose();
        Assert.Throws<ObjectDisposedException>(() => scope.DisposeEverything());
    }

    [Test]
    public void StatisticsCountWhatAThreadMadeAndDisposed()
    {
        DisposeScopeManager.Statistics.Reset();
        using (NewDisposeScope())
        {
            _ = ones(1);
            _ = ones(1);
        }

        ones(1).Dispose();
        Assert.Multiple(() =>
        {
            Assert.That(DisposeScopeManager.Statistics.CreatedInScopeCount, Is.EqualTo(2));
            Assert.That(DisposeScopeManager.Statistics.DisposedInScopeCount, Is.EqualTo(2));
            Assert.That(DisposeScopeManager.Statistics.CreatedOutsideScopeCount, Is.EqualTo(1));
            Assert.That(DisposeScopeManager.Statistics.ThreadTotalLiveCount, Is.Zero);
        });
    }

    [Test]
    public void AWrappedFunctionFreesItsIntermediates()
    {
        using var scope = NewDisposeScope();
        var result = WrappedTensorDisposeScope(() => ones(4) + ones(4) * 2);
        Assert.Multiple(() =>
        {
            Assert.That(scope.DisposablesCount, Is.EqualTo(1));
            Assert.That(result.sum().item<float>(), Is.EqualTo(12f));
        });
    }

    [Test]
    public void ScopesOfTwoThreadsDoNotSeeEachOther()
    {
        using var scope = NewDisposeScope();
        Tensor? elsewhere = null;
        var thread = new Thread(() => elsewhere = ones(1));
        thread.Start();
        thread.Join();
        Assert.That(scope.Contains(elsewhere!), Is.False);
        elsewhere!.Dispose();
    }
}
