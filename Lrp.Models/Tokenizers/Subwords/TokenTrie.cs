namespace Lrp.Models.Tokenizers.Subwords;

/// <summary>A tree of tokens, one UTF-16 unit a step.</summary>
internal sealed class TokenTrie
{
    public const int Root = 0;

    private readonly Dictionary<long, int> _steps = [];
    private readonly List<int> _ids = [-1];

    /// <summary>Adds a token; where it is there already, the id becomes the new one.</summary>
    public void Add(string token, int id)
    {
        if (token.Length == 0)
        {
            return;
        }

        var node = Root;
        foreach (var unit in token)
        {
            if (!TryStep(ref node, unit))
            {
                _steps.Add(Key(node, unit), _ids.Count);
                node = _ids.Count;
                _ids.Add(-1);
            }
        }

        _ids[node] = id;
    }

    /// <summary>Goes to the node of one more unit.</summary>
    /// <returns>Whether there is one; where not, the node stays.</returns>
    public bool TryStep(ref int node, char unit)
    {
        if (_steps.TryGetValue(Key(node, unit), out var next))
        {
            node = next;
            return true;
        }

        return false;
    }

    /// <summary>The id of the token that ends at a node, or −1.</summary>
    public int IdAt(int node) => _ids[node];

    private static long Key(int node, char unit) => (long)node << 16 | unit;
}
