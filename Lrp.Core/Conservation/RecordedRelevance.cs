using static TorchSharp.torch;

namespace Lrp.Core.Conservation;

/// <summary>The relevance at one module's output in the latest backward pass.</summary>
/// <remarks>
/// The tensors belong to this object and go with the next backward pass on the thread; clone what is to be kept. Where
/// several threads run backward passes at once, each reads its own.
/// </remarks>
public sealed class RecordedRelevance : IDisposable
{
    private readonly Func<RecordedRelevance, IReadOnlyList<Tensor>> _recorded;
    private readonly Action<RecordedRelevance> _forget;

    internal RecordedRelevance(
        nn.Module module,
        string name,
        Func<RecordedRelevance, IReadOnlyList<Tensor>> recorded,
        Action<RecordedRelevance> forget
    )
    {
        Module = module;
        Name = name;
        _recorded = recorded;
        _forget = forget;
    }

    /// <summary>The module's name.</summary>
    public string Name { get; }

    /// <summary>
    /// Relevance at the module's output, in the output's shape; null before the first backward pass. When the module
    /// has several outputs or was called several times in the pass, the first that relevance reached; see
    /// <see cref="All"/>.
    /// </summary>
    public Tensor? Relevance => All.Count == 0 ? null : All[0];

    /// <summary>Relevance at every output and call, in the order in which the backward pass reached them.</summary>
    public IReadOnlyList<Tensor> All => _recorded(this);

    internal nn.Module Module { get; }

    /// <summary>Stops recording and frees the relevance.</summary>
    public void Dispose() => _forget(this);
}
