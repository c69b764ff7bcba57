namespace Lrp.Core;

/// <summary>
/// What whoever runs a model knows of the graph that it makes, and a node of it does not: whether a backward pass is
/// the last one, and who is to be told what fails in it.
/// </summary>
/// <remarks>
/// TorchSharp keeps what a function of autograd has saved until the whole graph is gone. Nodes that are made within
/// such a life free it as soon as the last backward pass has used it, as libtorch's own nodes do, so that the memory is
/// used again further down.
/// </remarks>
internal sealed class GraphLife
{
    [ThreadStatic]
    private static GraphLife? _current;

    private readonly KeptFaults? _faults;
    private volatile bool _isEnding;

    /// <summary>Creates the life of a graph whose maker asks for faults.</summary>
    public GraphLife()
        : this(new KeptFaults()) { }

    private GraphLife(KeptFaults? faults) => _faults = faults;

    /// <summary>The life of the graph that this thread makes; null where its maker did not say.</summary>
    public static GraphLife? Current
    {
        get => _current;
        set => _current = value;
    }

    /// <summary>Whether the next backward pass is the last one, or the one that runs is.</summary>
    public bool IsEnding
    {
        get => _isEnding;
        set => _isEnding = value;
    }

    /// <summary>Creates the life of a graph inside the backward pass of another.</summary>
    /// <param name="outer">The other, whose maker is told of faults; null where it is not known.</param>
    public static GraphLife Within(GraphLife? outer) => new(outer?._faults);

    /// <summary>What runs on this thread until the result is disposed makes this graph.</summary>
    public Making Make()
    {
        var before = _current;
        _current = this;
        return new Making(before);
    }

    /// <summary>Keeps what has failed in a backward pass, for the maker of the graph.</summary>
    /// <returns>Whether there is a maker who asks for it.</returns>
    public bool Add(RelevanceException fault)
    {
        _faults?.Add(fault);
        return _faults is not null;
    }

    /// <summary>Throws the first failure since the last call, if there is one.</summary>
    /// <exception cref="RelevanceException">A rule failed; the relevance below it is NaN.</exception>
    public void ThrowIfFaulted() => _faults?.ThrowFirst();

    /// <summary>Ends the making of a graph.</summary>
    public readonly ref struct Making(GraphLife? before)
    {
        public void Dispose() => _current = before;
    }
}
