namespace Lrp.Core.Engine;

/// <summary>
/// Whether the backward pass over a graph is the last one: whoever runs the model knows, and a node does not.
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

    private volatile bool _isEnding;

    /// <summary>
    /// The life of the graph that this thread makes; null where its maker did not say, and for local graphs, through
    /// which a rule may go several times.
    /// </summary>
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

    /// <summary>What runs on this thread until the result is disposed makes this graph.</summary>
    public Making Make()
    {
        var outer = _current;
        _current = this;
        return new Making(outer);
    }

    /// <summary>Ends the making of a graph.</summary>
    public readonly ref struct Making(GraphLife? outer)
    {
        public void Dispose() => _current = outer;
    }
}
