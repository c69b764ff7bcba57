using Lrp.Torch.Memory;

namespace TorchSharp;

/// <summary>Owns the tensors made while it is the innermost scope of its thread, and disposes them with itself.</summary>
public sealed class DisposeScope : IDisposable
{
    private DisposeScopeManager? _manager;
    private HashSet<IDisposable> _items;
    [ThreadStatic] private static Stack<HashSet<IDisposable>>? t_spare;

    internal DisposeScope(DisposeScopeManager manager, DisposeScope? outer)
    {
        _manager = manager;
        OuterScope = outer;
        _items = t_spare is { Count: > 0 } ? t_spare.Pop() : new HashSet<IDisposable>(ReferenceEqualityComparer.Instance);
    }

    internal DisposeScope? OuterScope { get; set; }

    internal HashSet<IDisposable> Items => _items;

    private DisposeScopeManager Manager => _manager ?? throw new ObjectDisposedException(nameof(DisposeScope));

    public IReadOnlyList<IDisposable> DisposablesView
    {
        get
        {
            _ = Manager;
            return [.. _items];
        }
    }

    public int DisposablesCount
    {
        get
        {
            _ = Manager;
            return _items.Count;
        }
    }

    public bool Contains(IDisposable disposable) => _items.Contains(disposable);

    public T MoveToOuter<T>(T disposable) where T : IDisposable
    {
        Move(OuterScope, disposable);
        return disposable;
    }

    public (T1 first, T2 second) MoveToOuter<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable =>
        (MoveToOuter<T1>(first), MoveToOuter<T2>(second));

    public (T1 first, T2 second, T3 third) MoveToOuter<T1, T2, T3>(T1 first, T2 second, T3 third) where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable =>
        (MoveToOuter<T1>(first), MoveToOuter<T2>(second), MoveToOuter<T3>(third));

    public void MoveToOuter(params IDisposable[] disposables) => MoveToOther(OuterScope, (IEnumerable<IDisposable>)disposables);

    public void MoveToOuter(IEnumerable<IDisposable> disposables) => MoveToOther(OuterScope, disposables);

    public T MoveToOther<T>(DisposeScope? scope, T disposable) where T : IDisposable
    {
        Move(scope, disposable);
        return disposable;
    }

    public (T1 first, T2 second) MoveToOther<T1, T2>(DisposeScope? scope, T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable =>
        (MoveToOther<T1>(scope, first), MoveToOther<T2>(scope, second));

    public (T1 first, T2 second, T3 third) MoveToOther<T1, T2, T3>(DisposeScope? scope, T1 first, T2 second, T3 third) where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable =>
        (MoveToOther<T1>(scope, first), MoveToOther<T2>(scope, second), MoveToOther<T3>(scope, third));

    public void MoveToOther(DisposeScope? scope, params IDisposable[] disposables) => MoveToOther(scope, (IEnumerable<IDisposable>)disposables);

    public void MoveToOther(DisposeScope? scope, IEnumerable<IDisposable> disposables)
    {
        foreach (IDisposable disposable in disposables)
        {
            Move(scope, disposable);
        }
    }

    private void Move(DisposeScope? scope, IDisposable disposable)
    {
        _ = Manager;
        if (scope is null)
        {
            DetachOne(disposable);
        }
        else if (_items.Remove(disposable))
        {
            scope.TakeOver(disposable);
        }
    }

    public T Detach<T>(T disposable) where T : IDisposable
    {
        DetachOne(disposable);
        return disposable;
    }

    public (T1 first, T2 second) Detach<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable =>
        (Detach<T1>(first), Detach<T2>(second));

    public (T1 first, T2 second, T3 third) Detach<T1, T2, T3>(T1 first, T2 second, T3 third) where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable =>
        (Detach<T1>(first), Detach<T2>(second), Detach<T3>(third));

    public void Detach(params IDisposable[] disposables) => Detach((IEnumerable<IDisposable>)disposables);

    public void Detach(IEnumerable<IDisposable> disposables)
    {
        foreach (IDisposable disposable in disposables)
        {
            DetachOne(disposable);
        }
    }

    private void DetachOne(IDisposable disposable)
    {
        DisposeScopeManager manager = Manager;
        if (_items.Remove(disposable) && disposable is IScoped item)
        {
            item.StatisticsIn(manager.Counts).DetachedFromScopeCount++;
            item.OwningDisposeScope = null;
        }
    }

    public void Attach(IDisposable disposable) => Attach([disposable]);

    public void Attach(params IDisposable[] disposables) => _ = Attach((IEnumerable<IDisposable>)disposables);

    public IReadOnlyList<IDisposable> Attach(IEnumerable<IDisposable> disposables)
    {
        DisposeScopeManager manager = Manager;
        IDisposable[] list = [.. disposables];
        foreach (IDisposable disposable in list)
        {
            if (TakeOver(disposable))
            {
                ((IScoped)disposable).StatisticsIn(manager.Counts).AttachedToScopeCount++;
            }
        }

        return list;
    }

    private bool TakeOver(IDisposable disposable)
    {
        if (disposable is not IScoped item)
        {
            throw new InvalidOperationException("DisposeScope can only manage Tensor or PackedSequence");
        }

        DisposeScope? before = item.OwningDisposeScope;
        if (ReferenceEquals(before, this))
        {
            return false;
        }

        _items.Add(disposable);
        before?._items.Remove(disposable);
        item.OwningDisposeScope = this;
        return true;
    }

    /// <summary>Hands an original's place in its scope to what replaces it.</summary>
    internal static void Replace(IScoped original, IScoped replacement)
    {
        if (original.OwningDisposeScope is { } scope && scope._items.Remove(original))
        {
            original.OwningDisposeScope = null;
            scope.TakeOver(replacement);
        }
    }

    public void DisposeEverything() => DisposeEverythingBut((IEnumerable<IDisposable>)[]);

    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep)
    {
        _ = Manager;
        HashSet<IDisposable> old = _items;
        _items = new HashSet<IDisposable>(inKeep, ReferenceEqualityComparer.Instance);
        foreach (IDisposable disposable in old)
        {
            if (!_items.Contains(disposable))
            {
                disposable.Dispose();
            }
        }
    }

    public void DisposeEverythingBut(params IDisposable[] keep) => DisposeEverythingBut((IEnumerable<IDisposable>)keep);

    public T DisposeEverythingBut<T>(T keep) where T : IDisposable
    {
        DisposeEverythingBut((IEnumerable<IDisposable>)[keep]);
        return keep;
    }

    public (T1 first, T2 second) DisposeEverythingBut<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable
    {
        DisposeEverythingBut((IEnumerable<IDisposable>)[first, second]);
        return (first, second);
    }

    public (T1 first, T2 second, T3 third) DisposeEverythingBut<T1, T2, T3>(T1 first, T2 second, T3 third) where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable
    {
        DisposeEverythingBut((IEnumerable<IDisposable>)[first, second, third]);
        return (first, second, third);
    }

    public void MarkAsDisposed(IDisposable disposable)
    {
        _ = Manager;
        if (disposable is IScoped item)
        {
            Forget(item);
        }
    }

    internal void Forget(IScoped item)
    {
        _items.Remove(item);
        item.OwningDisposeScope = null;
    }

    public void Dispose()
    {
        if (_manager is not { } manager)
        {
            return;
        }

        HashSet<IDisposable> items = _items;
        _items = Empty;
        foreach (IDisposable disposable in items)
        {
            disposable.Dispose();
        }

        manager.Close(this);
        _manager = null;
        items.Clear();
        if (items.Capacity <= 256)
        {
            (t_spare ??= []).Push(items);
        }
    }

    private static HashSet<IDisposable> Empty => s_empty;

    private static readonly HashSet<IDisposable> s_empty = new(ReferenceEqualityComparer.Instance);
}
