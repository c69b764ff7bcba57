using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core;

/// <summary>The relevance at one module's output in the latest backward pass.</summary>
/// <remarks>The tensors belong to this object and go with the next backward pass; clone what is to be kept.</remarks>
public sealed class RecordedRelevance : IDisposable
{
    private readonly Action<RecordedRelevance> forget;
    private readonly List<Tensor> tensors = [];

    internal RecordedRelevance(nn.Module module, string name, Action<RecordedRelevance> forget)
    {
        Module = module;
        Name = name;
        this.forget = forget;
    }

    /// <summary>The module's name.</summary>
    public string Name { get; }

    /// <summary>
    /// Relevance at the module's output, in the output's shape; null before the first backward pass. When the module
    /// has several outputs or was called several times in the pass, the first that relevance reached; see
    /// <see cref="All"/>.
    /// </summary>
    public Tensor? Relevance => tensors.Count == 0 ? null : tensors[0];

    /// <summary>Relevance at every output and call, in the order in which the backward pass reached them.</summary>
    public IReadOnlyList<Tensor> All => tensors;

    internal nn.Module Module { get; }

    /// <summary>Stops recording and frees the relevance.</summary>
    public void Dispose()
    {
        forget(this);
        Close();
    }

    internal void Add(IReadOnlyList<Tensor?> relevance)
    {
        foreach (var tensor in relevance)
        {
            if (tensor is not null)
            {
                tensors.Add(tensor.detach().DetachFromDisposeScope());
            }
        }
    }

    internal void Clear()
    {
        foreach (var tensor in tensors)
        {
            tensor.Dispose();
        }

        tensors.Clear();
    }

    internal void Close() => Clear();
}
