using NUnit.Framework;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.TorchSharpBehaviour;

public sealed class DisposeScopeTests
{
    [Test]
    public void A_scope_disposes_what_was_made_in_it()
    {
        Tensor inside;
        using (NewDisposeScope())
        {
            inside = ones(3);
        }

        Assert.That(inside.IsInvalid);
    }

    [Test]
    public void A_tensor_moved_to_the_outer_scope_outlives_the_inner_one()
    {
        using DisposeScope outer = NewDisposeScope();
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
    public void A_tensor_moved_out_of_the_outermost_scope_belongs_to_nobody()
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
    public void Disposing_everything_but_some_keeps_those()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = ones(1), b = ones(2);
        scope.DisposeEverythingBut(b);
        Assert.Multiple(() =>
        {
            Assert.That(a.IsInvalid);
            Assert.That(b.IsInvalid, Is.False);
            Assert.That(scope.DisposablesCount, Is.EqualTo(1));
        });
    }

    [Test]
    public void A_disposed_tensor_leaves_its_scope()
    {
        using DisposeScope scope = NewDisposeScope();
        ones(1).Dispose();
        Assert.That(scope.DisposablesCount, Is.Zero);
    }

    [Test]
    public void A_detached_tensor_survives_its_scope()
    {
        Tensor kept;
        using (DisposeScope scope = NewDisposeScope())
        {
            kept = scope.Detach(ones(2));
        }

        Assert.That(kept.IsInvalid, Is.False);
        kept.Dispose();
    }

    [Test]
    public void An_outer_scope_disposed_first_leaves_the_inner_one_working()
    {
        DisposeScope outer = NewDisposeScope();
        using DisposeScope inner = NewDisposeScope();
        outer.Dispose();
        using Tensor t = ones(2);
        Assert.That(inner.Contains(t));
    }

    [Test]
    public void A_disposed_scope_refuses_work()
    {
        DisposeScope scope = NewDisposeScope();
        scope.Dispose();
        Assert.Throws<ObjectDisposedException>(() => scope.DisposeEverything());
    }

    [Test]
    public void Statistics_count_what_a_thread_made_and_disposed()
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
    public void A_wrapped_function_frees_its_intermediates()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor result = WrappedTensorDisposeScope(() => ones(4) + ones(4) * 2);
        Assert.Multiple(() =>
        {
            Assert.That(scope.DisposablesCount, Is.EqualTo(1));
            Assert.That(result.sum().item<float>(), Is.EqualTo(12f));
        });
    }

    [Test]
    public void Scopes_of_two_threads_do_not_see_each_other()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor? elsewhere = null;
        var thread = new Thread(() => elsewhere = ones(1));
        thread.Start();
        thread.Join();
        Assert.That(scope.Contains(elsewhere!), Is.False);
        elsewhere!.Dispose();
    }
}
