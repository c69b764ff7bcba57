namespace Lrp.Checkpoints.Pickles;

/// <summary>The stack on which a pickle builds its value, with the marks that it sets.</summary>
internal sealed class PickleStack
{
    private readonly List<object?> _values = [];
    private readonly Stack<int> _marks = [];

    private int Floor => _marks.TryPeek(out var mark) ? mark : 0;

    public object? Top => _values.Count > Floor ? _values[^1] : throw Empty();

    public void Push(object? value) => _values.Add(value);

    public void Mark() => _marks.Push(_values.Count);

    public object? Pop()
    {
        var top = Top;
        _values.RemoveAt(_values.Count - 1);
        return top;
    }

    /// <summary>The topmost values, the lowest of them first.</summary>
    public List<object?> Pop(int count)
    {
        if (_values.Count - count < Floor)
        {
            throw Empty();
        }

        return Cut(_values.Count - count);
    }

    /// <summary>The values above the last mark, and the mark is gone.</summary>
    public List<object?> PopToMark() => _marks.TryPop(out var mark) ? Cut(mark) : throw Empty();

    private List<object?> Cut(int start)
    {
        var values = _values.GetRange(start, _values.Count - start);
        _values.RemoveRange(start, values.Count);
        return values;
    }

    private static InvalidDataException Empty() => new("the pickle takes a value from an empty stack: it is damaged.");
}
