namespace Lrp.Core;

/// <summary>Objects that are made on first use and disposed together.</summary>
internal sealed class KeptObjects : IDisposable
{
    private readonly Dictionary<object, IDisposable> _objects = [];

    /// <summary>The object of a key.</summary>
    public T Get<T>(object key, Func<T> create)
        where T : class, IDisposable
    {
        ArgumentNullException.ThrowIfNull(create);
        lock (_objects)
        {
            if (!_objects.TryGetValue(key, out var value))
            {
                _objects[key] = value = create();
            }

            return (T)value;
        }
    }

    public void Dispose()
    {
        lock (_objects)
        {
            foreach (var value in _objects.Values)
            {
                value.Dispose();
            }

            _objects.Clear();
        }
    }
}
