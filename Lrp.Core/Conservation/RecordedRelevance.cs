using static TorchSharp.torch;

namespace Lrp.Core.Conservation;

/// <summary>The relevance at one module's output in the latest backward pass.</summary>
/// <remarks>The tensors belong to this object and go with the next backward pass; clone what is to be kept.</remarks>
public sealed class RecordedRelevance : IDisposable
{
    private readonly Action<RecordedRelevance> _forget;
    private readonly List<Tensor> _tensors = [];

    internal RecordedRelevance(nn.Module module, string name, Action<RecordedRelevance> forget)
    {
        Module = module;
        Name = name;
        _forget = forget;
    }

    /// <summary>The module's name.</summary>
    public string Name { get; }

    /// <summary>
    /// Relevance at the module's output, in the output's shape; null before the first backward pass. When the module
    /// has several outputs or was called several times in the pass, the first that relevance reached; see
    /// <see cref="All"/>.
    /// </summary>
    public Tensor? Relevance => _tensors.Count == 0 ? null : _tensors[0];

    /// <summary>Relevance at every output and call, in the order in which the backward pass reached them.</summary>
    public IReadOnlyList<Tensor> All => _tensors;

    internal nn.Module Module { get; }

    /// <summary>Stops recording and frees the relevance.</summary>
    public void Dispose()
    {
        _forget(this);
        Close();
    }

    internal void Add(IReadOnlyList<Tensor?> relevance)
    {
        foreach (var tensor in relevance)
        {
            if (tensor is not null)
            {
                _tensors.Add(tensor.detach().DetachFromDisposeScope());
            }
        }
    }

    internal void Clear()
    {
        foreach (var tensor in _tensors)
        {
            tensor.Dispose();
        }

        _tensors.Clear();
    }

    internal void Close() => Clear();
}
