using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace TorchSharp.Utils;

/// <summary>A dictionary that is enumerated in the order in which its keys were added.</summary>
public class OrderedDict<TKey, TValue> : IDictionary<TKey, TValue>, IList<(TKey, TValue)>
    where TKey : notnull
{
    private readonly List<(TKey Key, TValue Value)> _order = new();
    private readonly Dictionary<TKey, TValue> _lookup = new();

    public int Count => _lookup.Count;

    public bool IsReadOnly => false;

    public ICollection<TKey> Keys => _order.ConvertAll(pair => pair.Key);

    public ICollection<TValue> Values => _order.ConvertAll(pair => pair.Value);

    public (TKey, TValue) this[int index]
    {
        get => _order[index];
        set
        {
            _order[index] = value;
            _lookup[value.Item1] = value.Item2;
        }
    }

    public TValue this[TKey key]
    {
        get => _lookup[key];
        set
        {
            var position = _lookup.ContainsKey(key) ? PositionOf(key) : -1;
            _lookup[key] = value;
            if (position >= 0) _order[position] = (key, value);
            else _order.Add((key, value));
        }
    }

    public void Add(TKey key, TValue value)
    {
        _lookup.Add(key, value);
        _order.Add((key, value));
    }

    public void Add((TKey, TValue) item) => Add(item.Item1, item.Item2);

    public void Add(KeyValuePair<TKey, TValue> item) => Add(item.Key, item.Value);

    public void Insert(int index, (TKey, TValue) item)
    {
        _lookup.Add(item.Item1, item.Item2);
        _order.Insert(index, item);
    }

    public bool ContainsKey(TKey key) => _lookup.ContainsKey(key);

    public bool Contains((TKey, TValue) item) => _order.Contains(item);

    public bool Contains(KeyValuePair<TKey, TValue> item) => _lookup.ContainsKey(item.Key);

    public int IndexOf((TKey, TValue) item) => _order.IndexOf(item);

    public bool TryGetValue(TKey key, [MaybeNullWhen(false)] out TValue value) => _lookup.TryGetValue(key, out value);

    public bool Remove(TKey key)
    {
        if (!_lookup.Remove(key))
            throw new KeyNotFoundException($"The given key '{key}' was not present in the dictionary.");
        _order.RemoveAt(PositionOf(key));
        return true;
    }

    public bool Remove((TKey, TValue) item)
    {
        _lookup.Remove(item.Item1);
        return _order.Remove(item);
    }

    public bool Remove(KeyValuePair<TKey, TValue> item) => _lookup.ContainsKey(item.Key) && Remove(item.Key);

    public void RemoveAt(int index)
    {
        if (index >= _order.Count) throw new IndexOutOfRangeException();
        _lookup.Remove(_order[index].Key);
        _order.RemoveAt(index);
    }

    public void Clear()
    {
        _lookup.Clear();
        _order.Clear();
    }

    public void clear() => Clear();

    public IEnumerable<TKey> keys() => _lookup.Keys;

    public IEnumerable<TValue> values() => _lookup.Values;

    public IEnumerator<(TKey, TValue)> items() => _order.GetEnumerator();

    public void CopyTo((TKey, TValue)[] array, int arrayIndex) => _order.CopyTo(array, arrayIndex);

    public void CopyTo(KeyValuePair<TKey, TValue>[] array, int arrayIndex)
    {
        foreach (var (key, value) in _order) array[arrayIndex++] = new(key, value);
    }

    public IEnumerator<(TKey, TValue)> GetEnumerator() => _order.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    IEnumerator<KeyValuePair<TKey, TValue>> IEnumerable<KeyValuePair<TKey, TValue>>.GetEnumerator()
    {
        foreach (var (key, value) in _order) yield return new(key, value);
    }

    private int PositionOf(TKey key) => _order.FindIndex(pair => _lookup.Comparer.Equals(pair.Key, key));
}
