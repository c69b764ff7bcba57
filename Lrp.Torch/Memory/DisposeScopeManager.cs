using Lrp.Torch.Memory;

namespace TorchSharp;

/// <summary>One thread's stack of dispose scopes.</summary>
public class DisposeScopeManager
{
    [ThreadStatic] private static DisposeScopeManager? t_manager;

    internal static DisposeScopeManager OfThread => t_manager ??= new DisposeScopeManager();

    /// <summary>This thread's counts.</summary>
    public static ThreadDisposeScopeStatistics Statistics => OfThread.Counts;

    internal ThreadDisposeScopeStatistics Counts { get; } = new();

    internal DisposeScope? Current { get; private set; }

    internal DisposeScope Open() => Current = new DisposeScope(this, Current);

    /// <summary>Puts a new object into the innermost scope, if there is one.</summary>
    internal void Register(IScoped item)
    {
        LifetimeStatistics counts = item.StatisticsIn(Counts);
        if (Current is null)
        {
            counts.CreatedOutsideScopeCount++;
            return;
        }

        counts.CreatedInScopeCount++;
        Current.Items.Add(item);
        item.OwningDisposeScope = Current;
    }

    internal void Disposing(IScoped item)
    {
        LifetimeStatistics counts = item.StatisticsIn(Counts);
        if (item.OwningDisposeScope is { } scope)
        {
            counts.DisposedInScopeCount++;
            scope.Forget(item);
        }
        else
        {
            counts.DisposedOutsideScopeCount++;
        }
    }

    /// <summary>Takes a scope out of the stack, wherever it stands in it.</summary>
    internal void Close(DisposeScope scope)
    {
        if (ReferenceEquals(Current, scope))
        {
            Current = scope.OuterScope;
            return;
        }

        for (DisposeScope? inner = Current; inner is not null; inner = inner.OuterScope)
        {
            if (ReferenceEquals(inner.OuterScope, scope))
            {
                inner.OuterScope = scope.OuterScope;
                return;
            }
        }
    }
}

public static partial class torch
{
    /// <summary>Opens a scope: tensors made on this thread until it is disposed are disposed with it.</summary>
    public static DisposeScope NewDisposeScope() => DisposeScopeManager.OfThread.Open();

    public static DisposeScope? CurrentDisposeScope => DisposeScopeManager.OfThread.Current;

    /// <summary>Runs a function in a scope of its own; its result survives.</summary>
    public static Tensor WrappedTensorDisposeScope(Func<Tensor> expr)
    {
        using DisposeScope scope = NewDisposeScope();
        return expr().MoveToOuterDisposeScope();
    }
}
