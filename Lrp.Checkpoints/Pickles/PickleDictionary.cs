namespace Lrp.Checkpoints.Pickles;

/// <summary>A Python dict, in the order in which its keys were set.</summary>
/// <param name="kind">Python's name of the type: dict, OrderedDict, Counter.</param>
internal sealed class PickleDictionary(string kind)
{
    private readonly List<KeyValuePair<object, object?>> _items = [];
    private readonly Dictionary<object, int> _places = [];

    public string Kind => kind;

    public IReadOnlyList<KeyValuePair<object, object?>> Items => _items;

    /// <summary>The attributes that were given to the object itself, such as the versions of a state dict.</summary>
    public PickleDictionary? Attributes { get; set; }

    /// <summary>Sets a key, which keeps its place if it was there already.</summary>
    public void Set(object? key, object? value)
    {
        var at = key ?? DBNull.Value;
        if (_places.TryGetValue(at, out var place))
        {
            _items[place] = new(at, value);
            return;
        }

        _places.Add(at, _items.Count);
        _items.Add(new(at, value));
    }

    /// <summary>The value of a key, or null.</summary>
    public object? Get(string key) => _places.TryGetValue(key, out var place) ? _items[place].Value : null;
}
