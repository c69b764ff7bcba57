namespace Lrp.Models.Tokenizers.Subwords;

/// <summary>
/// The merging of one piece: its symbols as a linked list, and the pairs that can be merged as a heap.
/// </summary>
internal sealed class BpeMerging
{
    private const int None = -1;

    private readonly Dictionary<long, BpeMerge> _merges;
    private readonly List<Subword> _symbols;
    private readonly int[] _previous;
    private readonly int[] _next;
    private readonly bool[] _gone;

    /// <summary>Pairs by rank, of equal rank the left one first; each with the token that it becomes.</summary>
    private readonly PriorityQueue<(int Place, int Id), long> _queue;

    public BpeMerging(Dictionary<long, BpeMerge> merges, List<Subword> symbols)
    {
        _merges = merges;
        _symbols = symbols;
        _previous = new int[symbols.Count];
        _next = new int[symbols.Count];
        _gone = new bool[symbols.Count];
        var pairs = new List<((int, int), long)>(symbols.Count);
        for (var i = 0; i < symbols.Count; i++)
        {
            _previous[i] = i - 1;
            _next[i] = i + 1 < symbols.Count ? i + 1 : None;
            if (i > 0 && _merges.TryGetValue(BpeMerge.Key(symbols[i - 1].Id, symbols[i].Id), out var merge))
            {
                pairs.Add(((i - 1, merge.Id), Priority(merge.Rank, i - 1)));
            }
        }

        _queue = new PriorityQueue<(int, int), long>(pairs);
        while (_queue.TryDequeue(out var pair, out _))
        {
            Merge(pair.Place, pair.Id);
        }
    }

    /// <summary>Appends the symbols that are left.</summary>
    public void AppendTo(List<Subword> result)
    {
        for (var i = 0; i < _symbols.Count; i++)
        {
            if (!_gone[i])
            {
                result.Add(_symbols[i]);
            }
        }
    }

    private static long Priority(int rank, int place) => (long)rank << 32 | (uint)place;

    private void Merge(int place, int id)
    {
        var right = _gone[place] ? None : _next[place];
        if (right == None || !IsMergedTo(place, right, id))
        {
            // One of the two has been merged with something else meanwhile.
            return;
        }

        _symbols[place] = new Subword(id, _symbols[place].Start, _symbols[right].End);
        _gone[right] = true;
        _next[place] = _next[right];
        if (_next[place] != None)
        {
            _previous[_next[place]] = place;
        }

        Enqueue(_previous[place], place);
        Enqueue(place, _next[place]);
    }

    private bool IsMergedTo(int left, int right, int id) =>
        _merges.TryGetValue(BpeMerge.Key(_symbols[left].Id, _symbols[right].Id), out var merge) && merge.Id == id;

    private void Enqueue(int left, int right)
    {
        if (
            left != None
            && right != None
            && _merges.TryGetValue(BpeMerge.Key(_symbols[left].Id, _symbols[right].Id), out var merge)
        )
        {
            _queue.Enqueue((left, merge.Id), Priority(merge.Rank, left));
        }
    }
}
