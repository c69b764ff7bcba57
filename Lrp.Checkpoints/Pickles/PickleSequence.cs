namespace Lrp.Checkpoints.Pickles;

/// <summary>A Python list, tuple or set.</summary>
/// <param name="kind">Python's name of the type: list, tuple, set, frozenset, torch.Size.</param>
/// <param name="items">The items.</param>
internal sealed class PickleSequence(string kind, List<object?> items)
{
    public const string List = "list";
    public const string Tuple = "tuple";
    public const string Set = "set";
    public const string FrozenSet = "frozenset";

    public string Kind => kind;

    public List<object?> Items => items;
}
